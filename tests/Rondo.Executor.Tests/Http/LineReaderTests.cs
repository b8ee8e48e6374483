using System.IO.Pipelines;
using System.Text;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Tests.Http;

/// <summary>Lines of bounded length out of a stream.</summary>
public sealed class LineReaderTests
{
    [Fact]
    public async Task Lines_ThatAreLongAndNotWholeYet_CountSoThatOthersAreTurnedAway()
    {
        const int LineBytes = 1_000_000;
        var budget = new BodyBudget(LineBytes);
        var readers = new List<(Pipe Pipe, ByteBudget.Share Share, LineReader Lines, Task<Line?> First)>();
        for (var i = 0; i < budget.MaxBytes / LineBytes; i++)
        {
            var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
            await pipe.Writer.WriteAsync(new byte[LineBytes - 1], TestContext.Current.CancellationToken);
            var share = budget.Open();
            var reader = new LineReader(pipe.Reader, LineBytes, share);
            readers.Add((pipe, share, reader, reader.ReadAsync(TestContext.Current.CancellationToken).AsTask()));
            Assert.False(readers[i].First.IsCompleted);
        }

        var text = new string('x', LineBytes / 2) + "\nshort\n";
        var late = new LineReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), LineBytes, budget.Open());
        Assert.True((await late.ReadAsync(TestContext.Current.CancellationToken))!.Value.IsTurnedAway);
        Assert.Equal("short"u8.ToArray(), (await late.ReadAsync(TestContext.Current.CancellationToken))!.Value.Bytes.ToArray());

        // The room goes with the line, and is given back by whoever takes it.
        await readers[0].Pipe.Writer.WriteAsync("\nnext\n"u8.ToArray(), TestContext.Current.CancellationToken);
        var first = (await readers[0].First)!.Value;
        Assert.Equal(LineBytes - 1, first.Bytes.Length);
        readers[0].Pipe.Writer.Complete();
        Assert.Equal(4, (await readers[0].Lines.ReadAsync(TestContext.Current.CancellationToken))!.Value.Bytes.Length);
        Assert.Null(await readers[0].Lines.ReadAsync(TestContext.Current.CancellationToken));
        Assert.True(first.IsKept);
        Assert.True(first.Bytes.Span.IndexOfAnyExcept((byte)0) < 0);
        readers[0].Share.Give(first.Counted);
        Assert.Equal(0, readers[0].Share.Taken);
        late = new LineReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), LineBytes, budget.Open());
        Assert.Equal(LineBytes / 2, (await late.ReadAsync(TestContext.Current.CancellationToken))!.Value.Bytes.Length);
    }

    [Fact]
    public async Task Lines_WithAndWithoutLastNewLine_AreReadAndTheTooLongMarked()
    {
        var text = "one\n\n" + new string('x', 20_000) + "\ntwo\r\nlast";
        var lines = new LineReader(PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text))), lineMaxBytes: 10);
        var read = new List<string>();
        while (await lines.ReadAsync(TestContext.Current.CancellationToken) is { } line)
        {
            read.Add(
                line.IsTooLong ? "too long"
                : line.IsBlank ? "blank"
                : Encoding.UTF8.GetString(line.Bytes.Span)
            );
        }

        Assert.Equal(["one", "blank", "too long", "two\r", "last"], read);
    }

    [Fact]
    public async Task LongLine_InManyPieces_IsReadInTimeThatGrowsWithItsLength()
    {
        // Looked at from its start with every piece, this line would take minutes.
        var text = new byte[32 << 20];
        text.AsSpan().Fill((byte)'x');
        text[^2] = (byte)'\n';
        var pipe = PipeReader.Create(new SmallReads(text), new StreamPipeReaderOptions(bufferSize: LineReader.BlockBytes));
        var lines = new LineReader(pipe, text.Length);

        var read = await lines
            .ReadAsync(TestContext.Current.CancellationToken)
            .AsTask()
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(text.Length - 2, read!.Value.Bytes.Length);
        Assert.Equal(1, (await lines.ReadAsync(TestContext.Current.CancellationToken))!.Value.Bytes.Length);
    }

    /// <summary>Gives little with every read, as a connection does, and never at once.</summary>
    private sealed class SmallReads(byte[] bytes) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return Read(buffer.Span[..Math.Min(buffer.Length, 2_048)]);
        }
    }
}
