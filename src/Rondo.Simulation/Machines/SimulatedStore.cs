using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// The stable storage of one executor: what was committed is there after every crash, all of a commit or nothing. It also refuses what
/// a real store could not make sense of.
/// </summary>
internal sealed class SimulatedStore(ExecutorId self, RealDisk? real = null)
{
    private readonly Dictionary<JobId, List<Record.OfJob>> _active = [];
    private readonly Dictionary<JobId, Record.Finished> _finals = [];
    private readonly SortedDictionary<ExecutorId, Member> _members = [];
    private readonly Dictionary<JobId, int> _highestHere = [];

    // What was durable once: a later record of the same commit may have made the store forget it.
    private readonly HashSet<(JobId Id, int Transfer)> _offered = [];
    private readonly HashSet<(JobId Id, int Transfer)> _ended = [];
    private readonly Dictionary<string, KeyedJob> _keys = [];
    private readonly SortedDictionary<string, Cron> _crons = new(StringComparer.Ordinal);
    private long _minted;
    private long _lastNumber;
    private long _incarnation;

    public ExecutorId Self => self;

    public long Minted => _minted;

    public IReadOnlyDictionary<JobId, List<Record.OfJob>> Active => _active;

    public IEnumerable<ExecutorId> Members => _members.Keys;

    /// <summary>The highest number under which another home's job was ever here; -1 for never.</summary>
    public int HighestHere(JobId id) => _highestHere.GetValueOrDefault(id, -1);

    /// <summary>True when it is on the disk, or once was, that the job was offered under this number.</summary>
    public bool HasOffered(JobId id, TransferNumber transfer) => _offered.Contains((id, transfer.Value));

    /// <summary>True when it is on the disk, or once was, that another home's job had ended here when it was here under this number.</summary>
    public bool HasEnded(JobId id, TransferNumber transfer) => _ended.Contains((id, transfer.Value));

    public IReadOnlyDictionary<JobId, Record.Finished> Finals => _finals;

    /// <summary>The number of this start, durable before anything else happens.</summary>
    public Incarnation RaiseIncarnation()
    {
        _incarnation += Mutants.Is(Mutant.IncarnationNotRaised) && _incarnation > 0 ? 0 : 1;
        var incarnation = new Incarnation(_incarnation);
        real?.Open(incarnation);
        return incarnation;
    }

    /// <summary>The process that had it is gone.</summary>
    public void Close() => real?.Dispose();

    public Recovered Load()
    {
        var jobs = new List<IReadOnlyList<Record.OfJob>>(_active.Count);
        foreach (var records in _active.Values)
        {
            jobs.Add(records.ToArray());
        }

        var recovered = new Recovered(_minted, _lastNumber, [.. _members.Values], jobs)
        {
            Crons = [.. _crons.Values],
            HasKeys = _keys.Count > 0,
        };
        return real?.Load(recovered) ?? recovered;
    }

    /// <summary>What a reader finds of a job.</summary>
    public JobEnded LookUp(JobId id) =>
        new(
            id,
            _finals.TryGetValue(id, out var final) ? DependencyStates.Of(final.Outcome.End)
                : _active.ContainsKey(id) ? DependencyState.Pending
                : DependencyState.Unknown
        );

    /// <summary>The job of an idempotency key, as a reader finds it.</summary>
    public KeyedJob? FindKey(string key) => _keys.TryGetValue(key, out var job) ? job : null;

    public void Commit(IReadOnlyList<Record> records)
    {
        real?.Commit(records);
        for (var i = 0; i < records.Count; i++)
        {
            switch (records[i])
            {
                case Record.OfJob ofJob:
                    Commit(ofJob);
                    break;
                case Record.Minted minted:
                    Violation.Unless(minted.Epoch > _minted, $"{self} made epoch {minted.Epoch} after {_minted}");
                    _minted = minted.Epoch;
                    break;
                case Record.MemberKnown known:
                    Violation.Unless(known.Member.Id != self, $"{self} recorded itself as another member");
                    _members[known.Member.Id] = known.Member;
                    break;
                case Record.MemberGone gone:
                    _members.Remove(gone.Id);
                    break;
                case Record.CronKept kept:
                    _crons[kept.Cron.Name] = kept.Cron;
                    break;
                case Record.CronGone cron:
                    _crons.Remove(cron.Name);
                    break;
                default:
                    throw new Violation($"{self} wrote a record of an unknown kind: {records[i]}");
            }
        }
    }

    private void Commit(Record.OfJob record)
    {
        var id = record.Id;
        var atHome = id.Home == self;
        Violation.Unless(!atHome || !_finals.ContainsKey(id), $"{self} wrote {record} after the final record of the job");
        switch (record)
        {
            case Record.Accepted accepted:
                Violation.Unless(
                    accepted.Terms.IdempotencyKey is not { } key || _keys.TryAdd(key, new KeyedJob(id, accepted.Terms.Digest)),
                    $"{self} took in {id} and another job of the same key"
                );
                Violation.Unless(atHome, $"{self} accepted {id} under another executor's id");
                Violation.Unless(id.Number > _lastNumber, $"{self} gave out the id {id} twice");
                _lastNumber = id.Number;
                _active.Add(id, new(capacity: 4) { record });
                break;
            case Record.Held { Transfer: var transfer }:
                _highestHere[id] = Math.Max(HighestHere(id), transfer.Value);
                Violation.Unless(!atHome, $"{self} holds its own job {id} for itself");
                if (_active.TryGetValue(id, out var held))
                {
                    held.Add(record);
                    if (IsEnded(held))
                    {
                        _ended.Add((id, transfer.Value));
                    }
                }
                else
                {
                    _active.Add(id, new(capacity: 4) { record });
                }

                break;
            case Record.TakenBack { Transfer: var transfer } when !atHome:
                _highestHere[id] = Math.Max(HighestHere(id), transfer.Value);
                Known(record).Add(record);
                break;
            case Record.Dropped when !atHome:
                Known(record);
                _active.Remove(id);
                break;
            case Record.Finished finished when atHome:
                Known(record);
                _active.Remove(id);
                _finals.Add(id, finished);
                break;
            case Record.Finished:
                _ended.Add((id, TransferOf(Known(record)).Value));
                Known(record).Add(record);
                break;
            case Record.Offered { Transfer: var transfer }:
                _offered.Add((id, transfer.Value));
                Known(record).Add(record);
                break;
            default:
                Known(record).Add(record);
                break;
        }
    }

    /// <summary>True when an attempt ended here, and no job came since whose home tries it again.</summary>
    private static bool IsEnded(List<Record.OfJob> records)
    {
        var isEnded = false;
        var retries = 0;
        foreach (var record in records)
        {
            switch (record)
            {
                case Record.Finished:
                    isEnded = true;
                    break;
                case Record.Held held:
                    isEnded &= held.Retries <= retries;
                    retries = Math.Max(retries, held.Retries);
                    break;
            }
        }

        return isEnded;
    }

    /// <summary>The number under which a job of another home is here.</summary>
    private static TransferNumber TransferOf(List<Record.OfJob> records)
    {
        for (var i = records.Count - 1; ; i--)
        {
            switch (records[i])
            {
                case Record.Held held:
                    return held.Transfer;
                case Record.TakenBack takenBack:
                    return takenBack.Transfer;
            }
        }
    }

    private List<Record.OfJob> Known(Record.OfJob record)
    {
        Violation.Unless(_active.ContainsKey(record.Id), $"{self} wrote {record} about a job that it does not have");
        return _active[record.Id];
    }
}
