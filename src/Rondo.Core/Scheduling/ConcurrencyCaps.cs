namespace Rondo.Core;

/// <summary>
/// Jobs of this home of which only so many of one key may run at the same time. All jobs of a key have one home (see
/// <see cref="Rendezvous"/>), which lets so many of them go to the executors as may run: so the cap holds without a word between
/// executors.
/// </summary>
/// <remarks>Where jobs of one key name different caps, that of the newest job that is here counts.</remarks>
internal sealed class ConcurrencyCaps
{
    private readonly Dictionary<string, Kind> _kinds = [];

    // Those that may have room for one more. Sorted, so that a replay does the same.
    private readonly SortedSet<string> _open = new(StringComparer.Ordinal);

    /// <summary>A job is in this phase now.</summary>
    public void Enter(Job job, ConcurrencyLimit limit)
    {
        if (!_kinds.TryGetValue(limit.Key, out var kind))
        {
            _kinds.Add(limit.Key, kind = new Kind());
        }

        if (job.Id.Number >= kind.Newest)
        {
            (kind.Newest, kind.Max) = (job.Id.Number, limit.Max);
        }

        switch (job.Phase)
        {
            case Phase.Scheduled { Hold: Hold.Turn }:
                kind.Queue.Add(job);
                break;
            case Phase.Waiting or Phase.Running or Phase.Offered or Phase.Away:
                kind.Released++;
                break;
            default:
                kind.Others++;
                break;
        }

        _open.Add(limit.Key);
    }

    /// <summary>The job leaves this phase.</summary>
    public void Leave(Job job, ConcurrencyLimit limit)
    {
        var kind = _kinds[limit.Key];
        switch (job.Phase)
        {
            case Phase.Scheduled { Hold: Hold.Turn }:
                kind.Queue.Remove(job);
                break;
            case Phase.Waiting or Phase.Running or Phase.Offered or Phase.Away:
                kind.Released--;
                break;
            default:
                kind.Others--;
                break;
        }

        if (kind.Queue.Count + kind.Released + kind.Others > 0)
        {
            _open.Add(limit.Key);
            return;
        }

        _kinds.Remove(limit.Key);
        _open.Remove(limit.Key);
    }

    /// <summary>The job whose turn it is, of any key; it stays here until it leaves its phase. Null when there is none.</summary>
    public Job? Next()
    {
        while (_open.Min is { } key)
        {
            var kind = _kinds[key];
            if (kind.Released < kind.Max && kind.Queue.First is { } first)
            {
                return first;
            }

            _open.Remove(key);
        }

        return null;
    }

    private sealed class Kind
    {
        /// <summary>Those that wait for their turn.</summary>
        public ReadyQueue Queue { get; } = new();

        /// <summary>Those that run or may.</summary>
        public int Released { get; set; }

        /// <summary>Those that wait for something else first.</summary>
        public int Others { get; set; }

        public int Max { get; set; }

        public long Newest { get; set; }
    }
}
