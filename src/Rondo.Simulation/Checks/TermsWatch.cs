using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// Watches what jobs ask for: no dependent runs before the end that it waits for is durable, no cap is exceeded as far as one can be
/// kept, and a key gives one job.
/// </summary>
internal sealed class TermsWatch(Simulation simulation)
{
    /// <summary>The jobs that run under each cap of each home, as far as the home counts on them.</summary>
    private readonly Dictionary<(ExecutorId Home, string Cap), Dictionary<JobId, Run>> _capped = [];

    /// <summary>The number under which each job was taken back last, or is tried again: copies under lower ones are out of date.</summary>
    private readonly Dictionary<JobId, TransferNumber> _current = [];

    /// <summary>The jobs of each key, and which executors their homes knew then: whoever knows the same chooses the same.</summary>
    private readonly Dictionary<string, List<(JobId Id, string Known)>> _keyed = [];
    private readonly Dictionary<ExecutorId, SortedDictionary<ExecutorId, long>> _known = [];
    private readonly HashSet<(ExecutorId, ExecutorId)> _gone = [];

    /// <summary>Starts of jobs that waited for others.</summary>
    public int Dependents { get; private set; }

    /// <summary>Starts that filled a cap.</summary>
    public int FullCaps { get; private set; }

    /// <summary>Repetitions that were told the id of the first.</summary>
    public int Repetitions { get; private set; }

    public void OnMember(Machine machine, Record record)
    {
        switch (record)
        {
            case Record.MemberKnown known:
                KnownTo(machine).TryAdd(known.Member.Id, simulation.Now);
                break;
            case Record.MemberGone gone:
                KnownTo(machine).Remove(gone.Id);
                _gone.Add((machine.Id, gone.Id));
                break;
        }
    }

    public void OnAccepted(Machine home, Record.Accepted accepted)
    {
        foreach (var dependency in accepted.Terms.After)
        {
            // What is learned in the same commit may have been learned a moment later.
            if (dependency.Id.Home != home.Id && !(KnownTo(home).TryGetValue(dependency.Id.Home, out var at) && at < simulation.Now))
            {
                _gone.Add((home.Id, dependency.Id.Home));
            }
        }

        if (accepted.Terms is not { IdempotencyKey: { } key, Concurrency: null })
        {
            return;
        }

        var known = string.Join(' ', KnownTo(home).Keys.Append(home.Id).Order());
        if (!_keyed.TryGetValue(key, out var before))
        {
            _keyed.Add(key, before = []);
        }

        var other = before.Find(one => one.Known == known && one.Id.Home != home.Id);
        Violation.Unless(other == default, $"{home.Id} takes in {accepted.Id}, and {other.Id} has the same key: both homes know {known}");
        before.Add((accepted.Id, known));
    }

    public void OnTold(Machine machine, JobTrack track, JobPlan plan, bool isKnown)
    {
        Violation.Unless(
            simulation.Jobs.IsLost(track.Id) || track.Plan.Terms.IdempotencyKey == plan.Terms.IdempotencyKey,
            $"{machine.Id} says {track.Id} for the key {plan.Terms.IdempotencyKey}, and that is the job of {track.Plan.Terms.IdempotencyKey}"
        );
        Repetitions += isKnown ? 1 : 0;
    }

    public void OnDependencyEnded(Machine home, Record.DependencyEnded ended)
    {
        var isTrue =
            ended.State == DependencyState.Unknown
                ? MayBeUnknown(home, ended.Dependency)
                : StateOf(ended.Dependency) is not { } state || state == ended.State;
        Violation.Unless(isTrue, $"{home.Id} recorded {ended}, but {ended.Dependency} is {StateOf(ended.Dependency)}");
    }

    public void OnStart(Machine machine, Run run)
    {
        foreach (var dependency in run.Plan.Terms.After)
        {
            var isMet = StateOf(dependency.Id) is not { } state || state.Meets(dependency.When);
            Violation.Unless(isMet, $"{run.Id} runs, which waits for {dependency}, and that is {StateOf(dependency.Id)}");
        }

        Dependents += run.Plan.Terms.After.Count > 0 ? 1 : 0;
        if (run.Plan.Terms.Concurrency is not { } limit || IsOutdated(machine, run.Id))
        {
            return;
        }

        if (!_capped.TryGetValue((run.Id.Home, limit.Key), out var running))
        {
            _capped.Add((run.Id.Home, limit.Key), running = []);
        }

        running[run.Id] = run;
        FullCaps += running.Count == limit.Max ? 1 : 0;
        Violation.Unless(running.Count <= limit.Max, $"{string.Join(", ", running.Keys)} run at the same time, of which {limit.Max} may");
    }

    public void OnEnded(Run run)
    {
        if (CappedWith(run.Id, run.Plan.Terms) is { } running && running.GetValueOrDefault(run.Id) == run)
        {
            running.Remove(run.Id);
        }
    }

    /// <summary>
    /// The home does not count on any copy under a lower number any more: it took the job back, or tries it again. An old copy may begin
    /// even now, until its executor hears of that.
    /// </summary>
    public void OnOutdated(JobId id, TransferNumber current)
    {
        _current[id] = current;
        OnEnded(id);
    }

    /// <summary>The home has the result: it counts on no copy at all any more.</summary>
    public void OnEnded(JobId id)
    {
        if (simulation.Jobs.Jobs.TryGetValue(id, out var track))
        {
            CappedWith(id, track.Plan.Terms)?.Remove(id);
        }
    }

    /// <summary>True of a copy on which the home does not count: under a number that is out of date, or given up by now.</summary>
    private bool IsOutdated(Machine machine, JobId id) =>
        simulation.Jobs.Jobs[id].Final is not null
        || !machine.Store.Active.TryGetValue(id, out var records)
        || (_current.TryGetValue(id, out var current) && JobHistory.View(machine.Id, records).Transfer < current);

    /// <summary>True when a job had to fail because of those that it waited for.</summary>
    public bool HasFailedDependency(Machine home, JobTerms terms)
    {
        foreach (var (id, when) in terms.After)
        {
            if (MayBeUnknown(home, id) || (StateOf(id) is { } state && state != DependencyState.Pending && !state.Meets(when)))
            {
                return true;
            }
        }

        return false;
    }

    private Dictionary<JobId, Run>? CappedWith(JobId id, JobTerms terms) =>
        terms.Concurrency is { } limit ? _capped.GetValueOrDefault((id.Home, limit.Key)) : null;

    /// <summary>Its disk is gone, its home left, or was not known when the job that waits was accepted.</summary>
    private bool MayBeUnknown(Machine home, JobId dependency) =>
        simulation.Jobs.IsLost(dependency) || _gone.Contains((home.Id, dependency.Home));

    /// <summary>What is durable; null when the disk is gone that would tell.</summary>
    private DependencyState? StateOf(JobId id) =>
        !simulation.Jobs.Jobs.TryGetValue(id, out var track) ? null
        : track.Final is { } final ? DependencyStates.Of(final.Outcome.End)
        : DependencyState.Pending;

    private SortedDictionary<ExecutorId, long> KnownTo(Machine machine)
    {
        if (!_known.TryGetValue(machine.Id, out var known))
        {
            _known.Add(machine.Id, known = []);
        }

        return known;
    }
}
