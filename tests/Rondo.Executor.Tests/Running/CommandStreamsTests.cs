using System.Security.Cryptography;
using System.Text;
using Rondo.Core;
using Rondo.Executor.Running;
using Rondo.Executor.Running.Streams;

namespace Rondo.Executor.Tests.Running;

[Collection(RunnerHarness.Processes)]
public sealed class CommandStreamsTests : IDisposable
{
    private const int Mebi = 1024 * 1024;
    private readonly RunnerHarness _harness = new();

    public void Dispose() => _harness.Dispose();

    [Fact]
    public async Task Input_OfTenMegabytes_ComesBackThroughCat()
    {
        var input = RandomNumberGenerator.GetBytes(10 * Mebi);

        var outcome = await _harness.OutcomeOf(_harness.Start(new CommandDefinition { Command = ["cat"] }, input));

        Assert.True(outcome.Output.Result.Span.SequenceEqual(input));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 * 1024)]
    [InlineData(64 * Mebi)]
    public async Task Input_OfAnySize_IsReadToItsEnd(int size)
    {
        var outcome = await _harness.OutcomeOf(_harness.StartShell("wc -c", new byte[size]));

        Assert.Equal($"{size}\n", RunnerHarness.Text(outcome.Output.Result));
    }

    [Theory]
    [InlineData("exit 0")]
    [InlineData("head -c 5 >/dev/null")]
    [InlineData("exec <&-; echo done")]
    public async Task Input_ThatIsNotRead_DoesNotMatter(string script)
    {
        var outcome = await _harness.OutcomeOf(_harness.StartShell(script, new byte[64 * Mebi]));

        Assert.Equal(JobEnd.Succeeded, outcome.End);
    }

    [Fact]
    public async Task Output_OfOneGigabyte_IsBoundedAndCounted()
    {
        const long Written = 1L << 30;

        var output = (await _harness.OutcomeOf(_harness.Start("head", "-c", "1G", "/dev/zero"))).Output;

        Assert.Equal(64 * Mebi, output.Result.Length);
        Assert.Equal(Written - (64 * Mebi), output.ResultBytesDropped);
        Assert.Equal(0, output.ErrorBytesDropped);
    }

    [Fact]
    public async Task Output_OnBothStreamsAtOnce_IsKeptApartAndWhole()
    {
        var outcome = await _harness.OutcomeOf(
            _harness.StartShell(
                """
                yes out | head -c 8388608 &
                yes error | head -c 8388608 >&2 &
                wait
                """
            )
        );

        Assert.Equal(8 * Mebi, outcome.Output.Result.Length);
        Assert.Equal(8 * Mebi, outcome.Output.Errors.Length);
        Assert.Equal("out\nout\n", RunnerHarness.Text(outcome.Output.Result[..8]));
        Assert.Equal("error\n", RunnerHarness.Text(outcome.Output.Errors[..6]));
    }

    [Theory]
    [InlineData(0, "", 6)]
    [InlineData(4, "1234", 2)]
    [InlineData(6, "123456", 0)]
    [InlineData(7, "123456", 0)]
    public async Task Output_AroundTheBound_IsKeptExactly(int bound, string kept, long dropped)
    {
        using var harness = new RunnerHarness(options => options with { OutputMaxBytes = bound });

        var output = (await harness.OutcomeOf(harness.StartShell("printf 123456; printf 123456 >&2"))).Output;

        Assert.Equal((kept, dropped), (RunnerHarness.Text(output.Result), output.ResultBytesDropped));
        Assert.Equal((kept, dropped), (RunnerHarness.Text(output.Errors), output.ErrorBytesDropped));
    }

    [Fact]
    public async Task Follower_OfARunningJob_SeesBytesBeforeItsEnd()
    {
        var go = Path.Combine(_harness.DataDirectory, "go");
        var id = _harness.StartShell($"printf first; until [ -e {go} ]; do sleep 0.01; done; printf second");

        await _harness.UntilItWrote(id, "first");
        Assert.False(_harness.HasEnded(id));
        var followers = new[] { ReadAll(id, 0), ReadAll(id, 2), ReadAll(id, 8) };
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        Assert.Equal(["firstsecond", "rstsecond", "ond"], await Task.WhenAll(followers));
        Assert.Equal("firstsecond", RunnerHarness.Text((await _harness.OutcomeOf(id)).Output.Result));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(CapturedOutput.InMemoryMaxBytes - 1)]
    [InlineData(CapturedOutput.InMemoryMaxBytes)]
    [InlineData(CapturedOutput.InMemoryMaxBytes + 1)]
    [InlineData(1_000_000)]
    public async Task Output_OfAnySize_ComesFromMemoryOrTheDiskAlike(int size)
    {
        var input = Convert.ToHexString(RandomNumberGenerator.GetBytes(size))[..size];
        var go = Path.Combine(_harness.DataDirectory, "go");
        var id = _harness.StartShell($"cat; until [ -e {go} ]; do sleep 0.01; done; printf end", Encoding.UTF8.GetBytes(input));

        await _harness.UntilItWrote(id, input);
        var followers = new[] { ReadAll(id, 0), ReadAll(id, size / 2) };
        Assert.False(File.Exists(Path.Combine(_harness.DataDirectory, OutputFiles.Name)));
        await File.WriteAllTextAsync(go, "", TestContext.Current.CancellationToken);

        Assert.Equal([input + "end", input[(size / 2)..] + "end"], await Task.WhenAll(followers));
        Assert.Equal(input + "end", RunnerHarness.Text((await _harness.OutcomeOf(id)).Output.Result));
    }

    [Fact]
    public async Task Follower_OfALargeOutput_ReadsOnAfterTheEnd()
    {
        var id = _harness.StartShell("read line; head -c 1000000 /dev/zero", new byte[] { (byte)'\n' });
        var output = _harness.Runner.OpenOutput(id, CommandStream.Output)!;
        await _harness.OutcomeOf(id);
        await RunnerHarness.Until(() => _harness.Runner.OpenOutput(id, CommandStream.Output) is null, "the ended job is gone");

        Assert.Equal(1_000_000, (await ReadAll(output)).Length);
    }

    [Fact]
    public async Task Output_ThatTheDiskDoesNotTake_IsCutAndCounted()
    {
        // In the way of the file.
        Directory.CreateDirectory(Path.Combine(_harness.DataDirectory, OutputFiles.Name));

        var outcome = await _harness.OutcomeOf(_harness.StartShell("head -c 1000000 /dev/zero; exit 3"));

        Assert.Equal(3, outcome.ExitCode);
        Assert.InRange(outcome.Output.Result.Length, 0, CapturedOutput.InMemoryMaxBytes);
        Assert.Equal(1_000_000, outcome.Output.Result.Length + outcome.Output.ResultBytesDropped);
    }

    [Fact]
    public async Task LargeOutput_WithoutRoomForIt_IsToldOnceThereIsSome()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var hasRoom = false;
        using var harness = new RunnerHarness(hasRoom: bytes =>
        {
            if (bytes < 1_000_000)
            {
                return true;
            }

            asked.TrySetResult();
            return Volatile.Read(ref hasRoom);
        });

        var large = harness.StartShell("head -c 1000000 /dev/zero");
        await asked.Task.WaitAsync(RunnerHarness.Limit, TestContext.Current.CancellationToken);
        await harness.OutcomeOf(harness.StartShell("echo small"));
        var stopped = harness.Runner.ShutDownAsync(RunnerHarness.Limit);
        Assert.False(harness.HasEnded(large) || stopped.IsCompleted);
        Volatile.Write(ref hasRoom, true);

        Assert.Equal(1_000_000, (await harness.OutcomeOf(large)).Output.Result.Length);
        await stopped.WaitAsync(RunnerHarness.Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task LargeOutput_WithoutRoomForIt_IsToldWhenTheRunnerIsClosed()
    {
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var harness = new RunnerHarness(hasRoom: _ => !asked.TrySetResult() && false);

        var id = harness.StartShell("head -c 1000000 /dev/zero");
        await asked.Task.WaitAsync(RunnerHarness.Limit, TestContext.Current.CancellationToken);
        harness.Runner.Dispose();

        Assert.Equal(1_000_000, (await harness.OutcomeOf(id)).Output.Result.Length);
    }

    [Fact]
    public async Task Follower_ThatNeverReads_HoldsNothingUp()
    {
        var id = _harness.StartShell("read line; head -c 20000000 /dev/zero", new byte[] { (byte)'\n' });
        var idle = _harness.Runner.OpenOutput(id, CommandStream.Output)!.GetAsyncEnumerator(TestContext.Current.CancellationToken);

        var outcome = await _harness.OutcomeOf(id);

        Assert.Equal(20_000_000, outcome.Output.Result.Length + outcome.Output.ResultBytesDropped);
        Assert.True(await idle.MoveNextAsync());
        await idle.DisposeAsync();
    }

    [Fact]
    public async Task Follower_OfAJobThatCannotStart_ComesToAnEnd()
    {
        // Whether it is still there is left to chance: both answers have to do.
        var id = _harness.Start("no-such-command-here");
        var output = _harness.Runner.OpenOutput(id, CommandStream.Errors);

        Assert.Equal("", output is null ? "" : await ReadAll(output));
        Assert.Equal(Reasons.CannotStart, (await _harness.OutcomeOf(id)).Reason);
    }

    [Fact]
    public async Task OpenOutput_OfAJobThatIsNotHere_IsNull()
    {
        var id = _harness.Start("true");
        await _harness.OutcomeOf(id);

        await RunnerHarness.Until(() => _harness.Runner.OpenOutput(id, CommandStream.Output) is null, "the ended job is gone");
        Assert.Null(_harness.Runner.OpenOutput(new JobId(RunnerHarness.Executor, 999), CommandStream.Output));
    }

    private Task<string> ReadAll(JobId id, long offset) => ReadAll(_harness.Runner.OpenOutput(id, CommandStream.Output, offset)!);

    private static async Task<string> ReadAll(IAsyncEnumerable<ReadOnlyMemory<byte>> output)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(RunnerHarness.Limit);
        var text = new StringBuilder();
        await foreach (var bytes in output.WithCancellation(limit.Token))
        {
            text.Append(RunnerHarness.Text(bytes));
        }

        return text.ToString();
    }
}
