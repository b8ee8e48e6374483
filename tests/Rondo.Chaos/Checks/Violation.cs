using System.Collections.Concurrent;

namespace Rondo.Chaos.Checks;

/// <summary>How a promise was broken.</summary>
internal enum Broken
{
    /// <summary>A job that a client has an id of is not there, or never ends.</summary>
    Lost,

    /// <summary>One submission became two jobs, or one job has two results.</summary>
    Duplicated,

    /// <summary>What was final is different now.</summary>
    Changed,

    /// <summary>A job that nobody submitted, or a result that no attempt printed.</summary>
    Invented,

    /// <summary>A client was told what its executor did not know any more after it was ended.</summary>
    ToldTooSoon,

    /// <summary>A job ran again although nothing had happened to the executor that ran it.</summary>
    RanAgain,

    /// <summary>A process of a job outlived its executor.</summary>
    Orphan,

    /// <summary>An executor ended, did not start, or did not answer although it should have.</summary>
    Executor,
}

/// <summary>Everything that was found wrong.</summary>
internal sealed class Violations
{
    private const int ShownAtOnce = 20;

    private readonly ConcurrentQueue<(Broken Kind, string What)> _all = new();

    private readonly TaskCompletionSource _lie = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when a client was told something that is not so.</summary>
    public Task Lie => _lie.Task;

    public int Count => _all.Count;

    public IReadOnlyDictionary<Broken, int> Counts => _all.GroupBy(it => it.Kind).ToDictionary(group => group.Key, group => group.Count());

    public IEnumerable<string> Texts => _all.Select(it => $"{it.Kind}: {it.What}");

    /// <summary>Tells the first ones at once; all are in the report.</summary>
    public void Add(Broken kind, string what)
    {
        _all.Enqueue((kind, what));
        if (kind is not (Broken.Executor or Broken.Orphan or Broken.RanAgain))
        {
            _lie.TrySetResult();
        }

        if (_all.Count <= ShownAtOnce)
        {
            Console.Error.WriteLine($"VIOLATION {kind}: {what}");
        }
    }
}
