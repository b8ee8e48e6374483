using System.Buffers;
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

    [Fact]
    public async Task LongLine_ThatIsNotWholeYet_LeavesThePipe()
    {
        const int LineBytes = 16 << 20;
        using var pool = new CountingPool();
        var text = new byte[LineBytes + 1];
        text[^1] = (byte)'\n';
        var pipe = PipeReader.Create(new SmallReads(text), new StreamPipeReaderOptions(pool, LineReader.BlockBytes));

        var read = await new LineReader(pipe, LineBytes).ReadAsync(TestContext.Current.CancellationToken);

        Assert.Equal(LineBytes, read!.Value.Kept.Length);
        Assert.InRange(pool.MostBytes, 1, LineBytes / 8);
    }

    [Fact]
    public async Task LongLines_OfAllLengths_AreReadByteForByteAndTheTooLongMarked()
    {
        const int MaxBytes = (9 << 20) + 1;
        int[] lengths =
        [
            1 << 20,
            MaxBytes + 1,
            (1 << 20) + (3 * LineReader.BlockBytes),
            (4 << 20) - 1,
            4 << 20,
            (4 << 20) + 1,
            20 << 20,
            8 << 20,
            0,
            MaxBytes,
            (5 << 20) + 7,
        ];
        var random = new Random(1);
        List<byte[]> sent = [.. lengths.Select(length => Text(random, length))];
        var stream = new MemoryStream();
        foreach (var line in sent)
        {
            // The last one has no end of line.
            stream.Write(stream.Length == 0 ? [] : "\n"u8);
            stream.Write(line);
        }

        stream.Position = 0;
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: LineReader.BlockBytes));
        var lines = new LineReader(pipe, MaxBytes);
        foreach (var line in sent)
        {
            var read = (await lines.ReadAsync(TestContext.Current.CancellationToken))!.Value;
            Assert.Equal(line.Length > MaxBytes, read.IsTooLong);
            Assert.True(read.IsTooLong || read.Bytes.Span.SequenceEqual(line), $"a line of {line.Length} bytes is another one");
        }

        Assert.Null(await lines.ReadAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task LongLine_ThatFindsNoRoomAnyMore_IsTurnedAwayAndTakesNone()
    {
        var budget = new BodyBudget(1);
        var stream = new MemoryStream([.. new byte[budget.MaxBytes + (1 << 20)], .. "\nnext\n"u8]);
        var share = budget.Open();
        var lines = new LineReader(PipeReader.Create(stream), int.MaxValue, share);

        Assert.True((await lines.ReadAsync(TestContext.Current.CancellationToken))!.Value.IsTurnedAway);
        Assert.Equal("next"u8.ToArray(), (await lines.ReadAsync(TestContext.Current.CancellationToken))!.Value.Bytes.ToArray());
        Assert.Null(await lines.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, share.Taken);
    }

    private static byte[] Text(Random random, int length)
    {
        var text = new byte[length];
        random.NextBytes(text);
        text.AsSpan().Replace((byte)'\n', (byte)' ');
        return text;
    }

    /// <summary>Knows how much of it was in use at the same time.</summary>
    private sealed class CountingPool : MemoryPool<byte>
    {
        private int _bytes;

        public int MostBytes { get; private set; }

        public override int MaxBufferSize => Shared.MaxBufferSize;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            var block = new Block(this, Shared.Rent(minBufferSize));
            _bytes += block.Memory.Length;
            MostBytes = Math.Max(MostBytes, _bytes);
            return block;
        }

        protected override void Dispose(bool disposing) { }

        private sealed class Block(CountingPool pool, IMemoryOwner<byte> memory) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory => memory.Memory;

            public void Dispose()
            {
                pool._bytes -= memory.Memory.Length;
                memory.Dispose();
            }
        }
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
