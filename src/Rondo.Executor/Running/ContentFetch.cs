using Rondo.Core;

namespace Rondo.Executor.Running;

/// <summary>Fetches what large jobs do from the store when they start, beside the loop, which must not wait for the disk.</summary>
/// <param name="read">Reads the content of a job; null when nobody knows the job any more.</param>
/// <param name="launch">Starts an attempt whose content is there.</param>
/// <param name="ended">Told of attempts that ended before they could start.</param>
internal sealed class ContentFetch(Func<JobId, JobContent?> read, Action<Effect.Start> launch, Action<Input.RunEnded> ended)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(JobId Id, Attempt Attempt), Fetch> _fetches = [];
    private bool _takesNoMore;

    /// <summary>Fetches, and starts the attempt then. Returns at once.</summary>
    public void Begin(Effect.Start start)
    {
        lock (_gate)
        {
            if (!_takesNoMore)
            {
                var fetch = new Fetch();
                if (_fetches.TryAdd((start.Id, start.Attempt), fetch))
                {
                    fetch.Work = Task.Run(() => Run(start, fetch));
                }

                return;
            }
        }

        ended(new Input.RunEnded(start.Id, start.Attempt, CommandOutcome.CannotStart("the executor stops"), Interrupted: true));
    }

    /// <summary>Has an attempt end instead of start; false when it is not waiting for its content.</summary>
    public bool TryStop(JobId id, Attempt attempt)
    {
        lock (_gate)
        {
            return _fetches.TryGetValue((id, attempt), out var fetch) && (fetch.IsStopped = true);
        }
    }

    /// <summary>Takes nothing more, and waits until all that was to start has started.</summary>
    public Task ShutDownAsync()
    {
        lock (_gate)
        {
            _takesNoMore = true;
            return Task.WhenAll(_fetches.Values.Select(fetch => fetch.Work));
        }
    }

    private void Run(Effect.Start start, Fetch fetch)
    {
        JobContent? content = null;
        var problem = "nobody knows any more what it does";
        try
        {
            content = read(start.Id);
        }
        catch (Exception error)
        {
            // What is not what was written is not run, and what finds no memory now would hold its slot for ever.
            problem = $"what it does cannot be read: {error.Message}";
        }

        lock (_gate)
        {
            // Under the lock, so that a stop finds the attempt either here or started.
            _fetches.Remove((start.Id, start.Attempt));
            if (!fetch.IsStopped && content is not null)
            {
                try
                {
                    launch(start with { Content = content });
                    return;
                }
                catch (Exception error)
                {
                    problem = $"it could not be started: {error.Message}";
                }
            }
        }

        problem = fetch.IsStopped ? "it was stopped before it could start" : problem;
        ended(new Input.RunEnded(start.Id, start.Attempt, CommandOutcome.CannotStart(problem), Interrupted: false));
    }

    private sealed class Fetch
    {
        public Task Work { get; set; } = Task.CompletedTask;

        public bool IsStopped { get; set; }
    }
}
