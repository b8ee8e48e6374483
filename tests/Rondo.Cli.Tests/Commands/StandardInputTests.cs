using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Rondo.Cli.Tests.Shells;

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

    [Theory]
    [InlineData("submit --stdin - -- cat")]
    [InlineData("submit --each-line -- echo")]
    [InlineData("submit --from-json -")]
    [InlineData("run --stdin - -- cat")]
    [InlineData("map -- echo")]
    [InlineData("map --null -- echo")]
    public async Task Command_WhoseStandardInputIsClosed_SaysSo(string line)
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await Shell.RunAsync("sh", $"exec rondo {line} <&-", environment: ("RONDO_ADDR", executor.Address));

        Assert.Equal((2, ""), (ran.Code, ran.Output));
        Assert.StartsWith(
            "rondo: standard input is closed, and is to be read: give it a file or a pipe",
            ran.Error,
            StringComparison.Ordinal
        );
        Assert.Empty(executor.Submitted);
    }

    [Fact]
    public async Task Submit_OfALargeFileToASlowExecutor_ShowsHowFarItIs()
    {
        const int bytes = 8 << 20;
        using var said = new Said("of 8 MiB sent");
        await using var executor = await FakeExecutor.StartAsync();
        var arrived = 0L;
        executor.Before = async context =>
        {
            // More than fits between both sides is left when it waits.
            await context.Request.Body.ReadExactlyAsync(new byte[100], TestContext.Current.CancellationToken);
            await said.ComesAsync();
            using var rest = new MemoryStream();
            await context.Request.Body.CopyToAsync(rest, TestContext.Current.CancellationToken);
            arrived = 100 + rest.Length;
            context.Response.StatusCode = 201;
            await context.Response.WriteAsync("""{"id":"k7q2-1"}""", TestContext.Current.CancellationToken);
            return true;
        };
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, new byte[bytes], TestContext.Current.CancellationToken);
            var given = new Given
            {
                Executor = executor.Address,
                Error = said,
                ErrorIsTerminal = true,
                Patience = TimeSpan.Zero,
            };

            var ran = await CommandLines.RunAsync(given, "submit", "--stdin", file, "--", "cat");

            Assert.Equal((0, "k7q2-1\n"), (ran.Code, ran.Output));
            Assert.InRange(arrived, bytes / 3 * 4, bytes / 2 * 3);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Command_WhoseStandardInputIsEmpty_ReadsNothing()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await Shell.RunAsync(
            "sh",
            "exec rondo submit --stdin - -- echo </dev/null",
            environment: ("RONDO_ADDR", executor.Address)
        );

        Assert.Equal(new Ran(0, "k7q2-1\n", ""), ran);
    }
}
