using System.CommandLine;
using Microsoft.AspNetCore.Http;

namespace Rondo.Cli.Tests.Commands;

public sealed class RingAndHelpTests
{
    [Fact]
    public async Task Ring_AsTable_ShowsExecutorsAndToken()
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal(
            """
            EXECUTOR  NAME   STATE      RUNNING        WAITING  ADDRESS
            k7q2 *    alpha  alive      2/4      ■■··  5        127.0.0.1:7070
            m3xd      bravo  suspected  0/2      ··    0        127.0.0.1:7072

            token 7@k7q2 lap 8,123 in 0.4 ms  spread 0

            """,
            (await CommandLines.RunAsync(executor, "ring")).Output
        );
    }

    [Fact]
    public async Task Ring_AsJson_IsTheBodyUnchanged()
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal(executor.Ring.TrimEnd() + "\n", (await CommandLines.RunAsync(executor, "ring", "-o", "json")).Output);
    }

    [Fact]
    public async Task Ring_WatchedWithoutTerminal_WritesLinesUntilInterrupted()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var interrupts = new Interrupts();
        var looks = 0;
        executor.Before = context =>
        {
            if (Interlocked.Increment(ref looks) == 3)
            {
                _ = Task.Run(interrupts.Raise);
            }

            return Task.FromResult(false);
        };

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Interrupts = interrupts },
            "ring",
            "--watch",
            "--every",
            "10ms"
        );

        Assert.Equal(0, ran.Code);
        Assert.StartsWith("k7q2 2/4+5  m3xd suspected 0/2+0  token 7@k7q2 lap 8,123 in 0.4 ms  spread 0\n", ran.Output);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(60)]
    public async Task Help_InANarrowTerminal_IsWholeAndHasNoLineThatItBreaks(int width)
    {
        var ran = await CommandLines.RunAsync(new Given { Width = width, Environment = { ["NO_COLOR"] = "1" } }, "help", "submit");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Contains("\n  --on-executor-loss rerun|fail\n", ran.Output);
        Assert.Contains("Default: rerun", ran.Output.ReplaceLineEndings(" ").Replace("      ", "", StringComparison.Ordinal));
        var prose = ran.Output.Split("Examples:")[0].Split('\n').Where(line => line.StartsWith("      ", StringComparison.Ordinal));
        Assert.All(prose, line => Assert.InRange(line.Length, 0, width));
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("help", "submit")]
    [InlineData("completion", "bash")]
    public async Task Text_WhoseReaderIsGone_EndsTheCommandWithoutAWord(params string[] line)
    {
        using var error = new MemoryStream();
        var surroundings = new Surroundings
        {
            Input = Stream.Null,
            Output = new Closed(),
            Error = error,
            Interrupts = new Interrupts(),
            Environment = _ => null,
        };

        Assert.Equal(ExitCodes.OutputClosed, await Invocation.RunAsync(line, surroundings));
        Assert.Equal(0, error.Length);
    }

    private sealed class Closed : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new OutputClosedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new OutputClosedException();
    }

    [Fact]
    public async Task Ids_InANarrowTerminal_AreNeverCut()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Width = 30,
                Environment = { ["NO_COLOR"] = "1" },
            },
            "node",
            "list"
        );

        Assert.Contains("\nm3xd  ", ran.Output);
        Assert.Contains("127.0.0.1:7072", ran.Output);
    }

    [Fact]
    public async Task Drain_Executor_TellsWhetherSomethingIsLeft()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var drained = await CommandLines.RunAsync(executor, "node", "drain", "k7q2");
        executor.DrainState = "draining";
        var draining = await CommandLines.RunAsync(executor, "node", "drain", "k7q2", "--timeout", "1ms");

        Assert.Equal(new Ran(0, "", "k7q2 is drained: nothing is left there\n"), drained);
        Assert.Equal(new Ran(6, "", "k7q2 is still draining: 2 run there, 5 wait there; it goes on, ask again\n"), draining);
    }

    [Fact]
    public async Task Drain_OfTheHomeOfJobsThatRunElsewhere_TellsOfThem()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.DrainState = "draining";
        executor.Before = async context =>
        {
            if (context.Request.Path != "/v1/jobs")
            {
                return false;
            }

            await context.Response.WriteAsync(
                context.Request.Query["state"] == "running"
                    ? """{"jobs":[{"id":"k7q2-1","state":"running","home":"k7q2","holder":"m3xd"},{"id":"k7q2-2","state":"running","home":"k7q2","holder":"k7q2"}]}"""
                    : """{"jobs":[]}"""
            );
            return true;
        };

        var ran = await CommandLines.RunAsync(executor, "node", "drain", "k7q2", "--timeout", "1ms");

        Assert.Equal(6, ran.Code);
        Assert.Contains(", 1 of its own run elsewhere; it goes on", ran.Error);
    }

    [Fact]
    public async Task Drain_AsJson_TellsWhatStays()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = async context =>
        {
            await context.Response.WriteAsync(
                """{"executor":"k7q2","state":"drained","waiting":2,"scheduled":3,"nextAt":"2026-01-03T01:30:00Z","crons":1}"""
            );
            return true;
        };

        var ran = await CommandLines.RunAsync(executor, "node", "drain", "k7q2", "-o", "json");

        Assert.Equal(
            "{\"id\":\"k7q2\",\"state\":\"drained\",\"waiting\":2,\"scheduled\":3,\"nextAt\":\"2026-01-03T01:30:00Z\",\"crons\":1}\n",
            ran.Output
        );
    }

    [Fact]
    public async Task Remove_Executor_AsksForIt()
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal(new Ran(0, "", "k7q2 is removed from the ring\n"), await CommandLines.RunAsync(executor, "node", "remove", "k7q2"));
        Assert.Contains("POST /v1/executors/k7q2:remove", executor.Requests);
    }

    [Fact]
    public async Task Help_WithoutACommand_ListsTheCommands()
    {
        var ran = await CommandLines.RunAsync(new Given());

        Assert.Equal(0, ran.Code);
        Assert.Contains("\nCommands:\n  start   ", ran.Output);
        Assert.Contains("\nExamples:\n  rondo demo ", ran.Output);
    }

    [Fact]
    public void Help_OfEveryCommand_HasExamplesThatParse()
    {
        var root = CommandTree.Build(
            new Surroundings
            {
                Input = Stream.Null,
                Output = Stream.Null,
                Error = Stream.Null,
                Interrupts = new(),
                Environment = _ => null,
            },
            new()
        );
        foreach (var command in All(root).OfType<IDescribed>())
        {
            Assert.NotEmpty(command.Examples);
            foreach (var example in command.Examples.Where(example => example.StartsWith("rondo ", StringComparison.Ordinal)))
            {
                var words = example.Split("  #")[0].Split(" | ")[0].Split(" && ")[0].Split(" > ")[0].Split(" < ")[0].Split(" &")[0];
                string[] own = [.. Words(words.Split(" -- ")[0]).Skip(1)];
                Assert.True(root.Parse(own).Errors.Count == 0, example);
            }
        }
    }

    /// <summary>As a shell splits them: what stands between single quotes is one word.</summary>
    private static IEnumerable<string> Words(string line) =>
        line.Split('\'')
            .SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries).AsEnumerable());

    private static IEnumerable<Command> All(Command command) => command.Subcommands.SelectMany(All).Prepend(command);
}
