using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Rondo.Cli.Tests.Commands;

/// <summary>What a command says that waits for long.</summary>
public sealed class WaitNoteTests
{
    private const string NobodyCan = """
        {"id":"k7q2-1","state":"waiting","reason":"no_executor_can_run_it","text":"No executor that answers can run it.","executors":[
         {"id":"k7q2","canRun":false,"why":"it has no label X=Y"},{"id":"m3xd","canRun":false,"why":"it has no label X=Y"}]}
        """;

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData("job wait k7q2-1", "k7q2-1 cancelled\n", "", 5)]
    [InlineData("job logs k7q2-1 --follow", "", "", 0)]
    [InlineData("run -- hold", "", "rondo: k7q2-1 was cancelled\n", 5)]
    [InlineData("submit --wait -- hold", "k7q2-1\n", "rondo: k7q2-1 cancelled\n", 5)]
    public async Task Wait_ForAJobThatNobodyCanRun_SaysOnceWhatItLacks(string line, string output, string after, int code)
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Explanation = NobodyCan;
        if (line.StartsWith("job", StringComparison.Ordinal))
        {
            executor.Add("hold");
        }

        using var said = new Said("rondo job explain");
        var running = CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Patience = Soon,
                Error = said,
            },
            line.Split(' ')
        );
        await said.ComesAsync();
        executor.Jobs.Single().End("cancelled");

        const string Note =
            "rondo: k7q2-1 is waiting: no executor of the ring can run it, for it has no label X=Y (rondo job explain k7q2-1)\n";
        Assert.Equal(new Ran(code, output, Note + after), await running);
    }

    [Fact]
    public async Task Wait_ForSeveralJobs_SaysOnceWhatTheFirstThatHasNotBegunWaitsFor()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var (first, second) = (executor.Add("hold"), executor.Add("hold"));

        using var said = new Said("rondo job explain");
        var running = CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Patience = Soon,
                Error = said,
            },
            "job",
            "wait",
            first.Id,
            second.Id
        );
        await said.ComesAsync();
        first.End("cancelled");
        second.End("cancelled");

        Assert.Equal(
            "rondo: k7q2-1 is waiting: Both executors that can run it are full; 4 jobs are before it (rondo job explain k7q2-1)\n",
            (await running).Error
        );
    }

    [Fact]
    public async Task Map_OfALineThatNobodyCanRun_SaysWhatItLacks()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Explanation = NobodyCan;

        using var said = new Said("rondo job explain");
        var running = CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Patience = Soon,
                Error = said,
            },
            ["map", "--require", "X=Y", "--", "hold", ":::", "a"]
        );
        await said.ComesAsync();
        executor.Jobs.Single().End("cancelled");

        Assert.StartsWith(
            "rondo: k7q2-1 is waiting: no executor of the ring can run it, for it has no label X=Y (rondo job explain k7q2-1)\nrondo: 1 job,",
            (await running).Error
        );
    }

    [Fact]
    public async Task Wait_WhoseTimeEndsWhileTheHomeIsSilent_ExitsAsWhenTheTimeIsOver()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        executor.Before = async context =>
        {
            context.Response.StatusCode = 503;
            context.Response.ContentType = "application/problem+json";
            await context.Response.WriteAsync("""{"type":"urn:rondo:executor_unavailable","detail":"executor k7q2 does not answer"}""");
            return true;
        };

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address }, "job", "wait", job.Id, "--timeout", "300ms");

        Assert.Equal(new Ran(6, "", "rondo: the time to wait for k7q2-1 is over: executor k7q2 does not answer\n"), ran);
    }

    [Fact]
    public async Task Wait_ForAJobThatRuns_SaysNothing()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        executor.Explanation = """{"id":"k7q2-1","state":"running","text":"m3xd runs it."}""";
        executor.Before = context =>
        {
            if (context.Request.Path.Value!.EndsWith("/explain", StringComparison.Ordinal))
            {
                context.Response.OnCompleted(() =>
                {
                    job.End("cancelled");
                    return Task.CompletedTask;
                });
            }

            return Task.FromResult(false);
        };

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Patience = Soon }, "job", "wait", job.Id);

        Assert.Equal(new Ran(5, "k7q2-1 cancelled\n", ""), ran);
    }

    [Theory]
    [InlineData(429, "full")]
    [InlineData(404, "not_found")]
    [InlineData(500, "internal")]
    public async Task Wait_WhoseReasonIsNotToBeHad_EndsAsItWouldWithout(int status, string type)
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        var asked = 0;
        executor.Before = context =>
        {
            if (!context.Request.Path.Value!.EndsWith("/explain", StringComparison.Ordinal))
            {
                return Task.FromResult(false);
            }

            if (Interlocked.Increment(ref asked) == 2)
            {
                job.End("succeeded");
            }

            return FakeExecutor.RefuseAsync(context, status, type, "it does not say");
        };

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Patience = Soon }, "job", "wait", job.Id);

        Assert.Equal(new Ran(0, "k7q2-1 succeeded\n", ""), ran);
    }

    [Theory]
    [InlineData("job wait k7q2-1", 60)]
    [InlineData("job wait k7q2-1 --timeout 20s", 20)]
    [InlineData("job logs k7q2-1 --follow", 60)]
    public async Task Wait_WhileNobodyIsThere_SaysOnceWhomItTriesAndForHowLong(string line, int most)
    {
        // Taken, so that no other test gets it meanwhile, and nobody listens.
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var address = taken.LocalEndPoint!.ToString()!;
        using var interrupts = new Interrupts();

        using var said = new Said("trying again");
        var running = CommandLines.RunAsync(
            new Given
            {
                Executor = address,
                Patience = Soon,
                Error = said,
                Interrupts = interrupts,
            },
            line.Split(' ')
        );
        await said.ComesAsync();
        interrupts.Raise();

        var ran = await running;
        Assert.True(ran.Code == 130, $"{ran.Code}: {ran.Error}");
        var note = Regex.Match(
            ran.Error,
            $@"\Arondo: no executor can be reached: {address} \(connection refused\); trying again for up to (\S+)s\n\z",
            RegexOptions.None,
            TimeLimit.Span
        );
        Assert.True(note.Success, ran.Error);
        Assert.InRange(double.Parse(note.Groups[1].Value, CultureInfo.InvariantCulture), 0, most);
    }
}
