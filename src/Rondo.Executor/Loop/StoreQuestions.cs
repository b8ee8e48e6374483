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
    /// <summary>How often other executors are asked at the same time; the keys that come meanwhile gather, and are asked for together.</summary>
    private const int AskedElsewhereMax = 4;

    /// <summary>The most keys that others are asked for at once.</summary>
    public const int KeysMax = 256;

    // Not bounded here: the core asks for a job once at a time, and only for those that its own jobs or its peers wait for; for a key
    // once for each request that is open.
    private readonly Channel<Effect> _open = Channel.CreateUnbounded<Effect>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _elsewhere = new(AskedElsewhereMax);
    private Task _work = Task.CompletedTask;

    /// <summary>Asks other executors for the jobs of some keys, at most <see cref="KeysMax"/>; what they know is in the order of the keys.</summary>
    public required Func<
        IReadOnlyList<string>,
        EquatableList<Member>,
        CancellationToken,
        Task<IReadOnlyList<(KeyedJob? Known, ExecutorId? Unreachable)>>
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
            while (await _open.Reader.WaitToReadAsync(_stopping.Token))
            {
                List<Effect.FindKey> elsewhere = [];
                while (elsewhere.Count < KeysMax && _open.Reader.TryRead(out var question))
                {
                    AnswerHere(question, elsewhere);
                }

                foreach (var ofSame in elsewhere.GroupBy(static find => find.Elsewhere, static find => find.Key))
                {
                    await _elsewhere.WaitAsync(_stopping.Token);
                    asked.RemoveWhere(static task => task.IsCompletedSuccessfully);
                    asked.Add(FindElsewhereAsync([.. ofSame], ofSame.Key));
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The executor stops, and so does whoever waits for an answer.
        }

        await Task.WhenAll(asked);
    }

    private void AnswerHere(Effect question, List<Effect.FindKey> elsewhere)
    {
        switch (question)
        {
            case Effect.LookUp lookUp:
                answer(new Input.LookedUp(new EquatableList<JobEnded>([.. lookUp.Jobs.Select(Find)])));
                break;
            case Effect.FindKey find
                when Find(find.Key) is var found && (found.Known is not null || found.Unreachable is not null || find.Elsewhere.Count == 0):
                answer(found);
                break;
            case Effect.FindKey find:
                elsewhere.Add(find);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private async Task FindElsewhereAsync(string[] keys, EquatableList<Member> members)
    {
        var found = await AskElsewhere(keys, members, _stopping.Token);
        _elsewhere.Release();
        for (var i = 0; i < keys.Length; i++)
        {
            answer(new Input.KeyFound(keys[i], found[i].Known, found[i].Unreachable));
        }
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
