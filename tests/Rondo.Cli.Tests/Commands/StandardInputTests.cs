using System.IO.Pipelines;

namespace Rondo.Cli.Tests.Commands;

public sealed class StandardInputTests
{
    [Fact]
    public async Task Read_CancelledWhileNothingComes_EndsAndLosesNothing()
    {
        var pipe = new Pipe();
        await using var input = new StandardInput(pipe.Reader.AsStream());
        using var interrupted = new CancellationTokenSource();

        var waiting = input.ReadAsync(new byte[3], interrupted.Token).AsTask();
        await interrupted.CancelAsync();
        await Assert
            .ThrowsAnyAsync<OperationCanceledException>(() => waiting)
            .WaitAsync(TimeLimit.Span, TestContext.Current.CancellationToken);

        await pipe.Writer.WriteAsync("abcde"u8.ToArray(), TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        using var read = new MemoryStream();
        await input.CopyToAsync(read, TestContext.Current.CancellationToken);
        Assert.Equal("abcde"u8.ToArray(), read.ToArray());
    }
}
