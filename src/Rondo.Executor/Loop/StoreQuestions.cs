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
internal sealed class StoreQuestions(StoreReader store, Action<Input> answer, ILogger<StoreQuestions> logger) : IAsyncDisposable
{
    // Not bounded here: the core asks for a job once at a time, and only for those that its own jobs or its peers wait for.
    private readonly Channel<Effect.LookUp> _open = Channel.CreateUnbounded<Effect.LookUp>(
        new UnboundedChannelOptions { SingleReader = true }
    );
    private Task _work = Task.CompletedTask;

    /// <summary>Begins to answer.</summary>
    public void Start() => _work = Task.Run(WorkAsync);

    /// <summary>Takes a question; never blocks.</summary>
    public void Ask(Effect.LookUp question) => _open.Writer.TryWrite(question);

    /// <summary>Stops, so that the store can be closed.</summary>
    public async ValueTask DisposeAsync()
    {
        _open.Writer.TryComplete();
        await _work;
    }

    private async Task WorkAsync()
    {
        await foreach (var question in _open.Reader.ReadAllAsync())
        {
            answer(new Input.LookedUp(new EquatableList<JobEnded>([.. question.Jobs.Select(Find)])));
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
