using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Storage;

namespace Rondo.Executor.Loop;

/// <summary>
/// Answers what the core asks of the store, beside the loop: it must not wait for the disk. What was asked after a commit is answered
/// from what that commit wrote.
/// </summary>
internal sealed class StoreQuestions(StoreReader store, ExecutorId self, Action<Input> answer, ILogger<StoreQuestions> logger)
    : IAsyncDisposable
{
    /// <summary>The most keys that are asked for at other executors at the same time.</summary>
    private const int AskedElsewhereMax = 64;

    // Not bounded here: the core asks for a job once at a time, and only for those that its own jobs or its peers wait for; for a key
    // once for each request that is open.
    private readonly Channel<Effect> _open = Channel.CreateUnbounded<Effect>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _elsewhere = new(AskedElsewhereMax);
    private Task _work = Task.CompletedTask;

    /// <summary>Asks other executors for the job of a key.</summary>
    public required Func<
        string,
        EquatableList<Member>,
        CancellationToken,
        Task<(KeyedJob? Known, ExecutorId? Unreachable)>
    > AskElsewhere { get; init; }

    /// <summary>Begins to answer.</summary>
    public void Start() => _work = Task.Run(WorkAsync);

    /// <summary>Takes a question; never blocks.</summary>
    public void Ask(Effect question) => _open.Writer.TryWrite(question);

    /// <summary>Stops, so that the store can be closed.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _work;
        _stopping.Dispose();
        _elsewhere.Dispose();
    }

    private async Task WorkAsync()
    {
        var asked = new HashSet<Task>();
        try
        {
            await foreach (var question in _open.Reader.ReadAllAsync(_stopping.Token))
            {
                switch (question)
                {
                    case Effect.LookUp lookUp:
                        answer(new Input.LookedUp(new EquatableList<JobEnded>([.. lookUp.Jobs.Select(Find)])));
                        break;
                    case Effect.FindKey find
                        when Find(find.Key) is var found
                            && (found.Known is not null || found.Unreachable is not null || find.Elsewhere.Count == 0):
                        answer(found);
                        break;
                    case Effect.FindKey find:
                        await _elsewhere.WaitAsync(_stopping.Token);
                        asked.RemoveWhere(static task => task.IsCompletedSuccessfully);
                        asked.Add(FindElsewhereAsync(find));
                        break;
                    default:
                        throw new UnreachableException();
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The executor stops, and so does whoever waits for an answer.
        }

        await Task.WhenAll(asked);
    }

    private async Task FindElsewhereAsync(Effect.FindKey find)
    {
        var (known, unreachable) = await AskElsewhere(find.Key, find.Elsewhere, _stopping.Token);
        _elsewhere.Release();
        answer(new Input.KeyFound(find.Key, known, unreachable));
    }

    private Input.KeyFound Find(string key)
    {
        try
        {
            return new Input.KeyFound(key, store.FindKey(key));
        }
        catch (StoreException damaged)
        {
            // To take the job in a second time would be the worse mistake.
            LoopLog.KeyNotFound(logger, key, damaged);
            return new Input.KeyFound(key, null, Unreachable: self);
        }
    }

    private JobEnded Find(JobId id)
    {
        try
        {
            return new JobEnded(
                id,
                store.FindJob(id) switch
                {
                    null => DependencyState.Unknown,
                    [.., Record.Finished finished] => DependencyStates.Of(finished.Outcome.End),
                    _ => DependencyState.Pending,
                }
            );
        }
        catch (StoreException damaged)
        {
            // Whatever is not what was written is not handed out, and does not come back by itself either.
            LoopLog.NotFound(logger, id, damaged);
            return new JobEnded(id, DependencyState.Unknown);
        }
    }
}
