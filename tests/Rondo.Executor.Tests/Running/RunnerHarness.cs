using System.Collections.Concurrent;
using System.Text;
using Rondo.Core;
using Rondo.Executor.Running;

namespace Rondo.Executor.Tests.Running;

/// <summary>A runner with a data directory of its own, whose ends can be waited for.</summary>
internal sealed class RunnerHarness : IDisposable
{
    /// <summary>Tests that start many processes run one after the other.</summary>
    public const string Processes = "Processes";

    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    public static readonly ExecutorId Executor = ExecutorId.Parse("k7q2");

    private readonly ConcurrentDictionary<JobId, TaskCompletionSource<Input.RunEnded>> _ends = new();
    private long _lastNumber;

    public RunnerHarness(Func<CommandRunnerOptions, CommandRunnerOptions>? change = null, Func<long, bool>? hasRoom = null)
    {
        var options = new CommandRunnerOptions { Executor = Executor, DataDirectory = DataDirectory };
        Runner = new CommandRunner(change?.Invoke(options) ?? options, OnEnded, hasRoom: hasRoom);
    }

    public string DataDirectory { get; } = Directory.CreateTempSubdirectory("rondo-runner-").FullName;

    public CommandRunner Runner { get; }

    /// <summary>Ends that came for a run that had ended already.</summary>
    public int SecondEnds { get; private set; }

    public JobId Start(params string[] command) => Start(new CommandDefinition { Command = command });

    public JobId StartShell(string script, byte[]? input = null) => Start(new CommandDefinition { Command = ["sh", "-c", script] }, input);

    public JobId Start(CommandDefinition definition, byte[]? input = null) => Start(new JobContent(definition.ToUtf8(), input));

    public JobId Start(JobContent content)
    {
        var id = new JobId(Executor, Interlocked.Increment(ref _lastNumber));
        Runner.Start(id, new Attempt(1), content);
        return id;
    }

    public void Stop(JobId id) => Runner.Stop(id, new Attempt(1));

    public Task<Input.RunEnded> EndOf(JobId id) => EndSource(id).Task.WaitAsync(Limit, TestContext.Current.CancellationToken);

    public async Task<Outcome> OutcomeOf(JobId id) => (await EndOf(id)).Outcome;

    public bool HasEnded(JobId id) => EndSource(id).Task.IsCompleted;

    /// <summary>Waits until a job has written a text to its standard output.</summary>
    public async Task UntilItWrote(JobId id, string text)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var written = new StringBuilder();
        await foreach (var bytes in Runner.OpenOutput(id, CommandStream.Output)!.WithCancellation(limit.Token))
        {
            if (written.Append(Encoding.UTF8.GetString(bytes.Span)).ToString().Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The job ended and had written only: {written}");
    }

    /// <summary>
    /// Writes a program into the data directory. A job does it: a file that this process has open for writing, also a child that is just
    /// being started elsewhere, could not be executed.
    /// </summary>
    public async Task<string> WriteExecutable(string name, string text)
    {
        var path = Path.Combine(DataDirectory, name);
        var outcome = await OutcomeOf(
            StartShell($"mkdir -p $(dirname {path}) && cat > {path} && chmod +x {path}", Encoding.UTF8.GetBytes(text))
        );
        Assert.Equal(JobEnd.Succeeded, outcome.End);
        return path;
    }

    public static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>Waits for a condition, which cannot tell by itself when it comes true.</summary>
    public static async Task Until(Func<bool> condition, string what)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            Assert.False(limit.IsCancellationRequested, $"Waited in vain until {what}");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public void Dispose()
    {
        Runner.Dispose();
        Directory.Delete(DataDirectory, recursive: true);
    }

    private TaskCompletionSource<Input.RunEnded> EndSource(JobId id) =>
        _ends.GetOrAdd(id, _ => new TaskCompletionSource<Input.RunEnded>(TaskCreationOptions.RunContinuationsAsynchronously));

    private void OnEnded(Input.RunEnded ended)
    {
        if (!EndSource(ended.Id).TrySetResult(ended))
        {
            SecondEnds++;
        }
    }
}
