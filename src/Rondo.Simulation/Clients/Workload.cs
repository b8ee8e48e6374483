using Rondo.Core;
using static Rondo.Simulation.VirtualTime;

namespace Rondo.Simulation;

/// <summary>
/// The clients: they hand in jobs, wait for them, ask for them and cancel some, and they remember every id that they were given. A
/// client whose executor goes down asks again until it is back.
/// </summary>
internal sealed class Workload(Simulation simulation, Scenario scenario, Prng random)
{
    private const long AskAgainAfter = 300 * Millisecond;

    // A stream of its own, so that the runs without options are the same as ever.
    private readonly JobOptions _options = new(new Prng(simulation.Seed ^ 0x6F7074696F6E73), scenario.Kind);
    private readonly List<JobPlan> _plans = [];
    private readonly List<JobId> _told = [];
    private int _open;

    /// <summary>Requests without an answer so far, except those to executors that are gone.</summary>
    public int Open => _open;

    /// <summary>How many jobs clients have thought of.</summary>
    public int Planned => _plans.Count;

    public JobPlan AnyPlan => _plans[0];

    public int Drained { get; private set; }

    public int Removed { get; private set; }

    public JobPlan PlanOf(JobContent content) => _plans[JobPlan.NumberOf(content)];

    /// <summary>Spreads the run's jobs over the storm, in bursts of many sizes.</summary>
    public void Begin()
    {
        var left = scenario.JobsWander ? 0 : scenario.Jobs;
        while (left > 0)
        {
            var count = (int)Math.Min(left, random.Skewed(1, scenario.Jobs));
            left -= count;
            var target = random.Chance(0.6) ? random.Pick(simulation.Machines) : null;
            simulation.Do(random.Between(100 * Millisecond, scenario.StormLength * 8 / 10), () => Burst(count, target));
        }
    }

    /// <summary>Hands in many jobs at once, to one executor or to all.</summary>
    public void Burst(long count, Machine? target)
    {
        var longest = scenario switch
        {
            { JobsWander: true } => 4 * Second,
            { Kind: RunKind.Calm } => 4 * Second,
            _ => random.Skewed(5, 3000) * Millisecond,
        };
        for (var i = 0; i < count; i++)
        {
            Submit(target ?? random.Pick(simulation.Machines), NewPlan(longest));
        }
    }

    /// <summary>False when it is down, or drains already.</summary>
    public bool Drain(Machine machine)
    {
        if (machine.Process is { Draining: false } process)
        {
            process.Draining = true;
            process.Ask(
                new PendingRequest(
                    answer =>
                    {
                        Violation.Unless(answer is Answer.Drained, $"{machine.Id} answers a drain with {answer}");
                        Drained++;
                        simulation.Do(Millisecond, () => simulation.Leave(machine, random.Between(100, 5000) * Millisecond));
                    },
                    () => { }
                ),
                id => new Input.Drain(id)
            );
            return true;
        }

        return false;
    }

    /// <summary>An operator tells the ring, by any executor, that another is gone for good.</summary>
    public void RemoveLater(ExecutorId gone, long delay)
    {
        _open++;
        simulation.Do(delay, () => AskToRemove(gone));
    }

    /// <summary>As above, but nothing comes of it if whoever is asked is down, or knows better.</summary>
    public void RemoveOnce(ExecutorId gone, long delay) =>
        simulation.Do(
            delay,
            () =>
                random
                    .Pick(simulation.Machines)
                    .Process?.Ask(
                        new PendingRequest(answer => Removed += answer is Answer.Done ? 1 : 0, () => { }),
                        id => new Input.Remove(id, gone)
                    )
        );

    private void AskToRemove(ExecutorId gone)
    {
        var asked = random.Pick(simulation.Machines);
        if (asked.Process is not { } process)
        {
            simulation.Do(Second, () => AskToRemove(gone));
            return;
        }

        process.Ask(
            new PendingRequest(
                answer =>
                {
                    if (answer is Answer.Refused { Why: Refusal.StillAlive })
                    {
                        simulation.Do(Second, () => AskToRemove(gone));
                    }
                    else
                    {
                        _open--;
                        Removed++;
                    }
                },
                () => simulation.Do(Second, () => AskToRemove(gone))
            ),
            id => new Input.Remove(id, gone)
        );
    }

    public JobPlan NewPlan(long longest)
    {
        var poison = random.Chance(scenario.PoisonJobs);
        var handler = scenario.Handlers && random.Chance(0.4);
        var terms = new JobTerms
        {
            Kind = handler ? JobKind.Handler : JobKind.Command,
            Handler = handler ? "h" : null,
            Summary = "job",
            Priority = random.Chance(0.2) ? random.Below(5) - 2 : 0,
            FailOnExecutorLoss = random.Chance(0.05),
        };
        terms = _options.AddTo(terms, _plans.Count, _told);
        var padding = random.Chance(0.02) ? (int)random.Skewed(1, 256) * 1024 : 0;
        return Keep(new JobPlan(_plans.Count, random.Skewed(longest / 16, longest), random.Chance(0.8), poison, terms, padding));
    }

    private JobPlan Keep(JobPlan plan)
    {
        _plans.Add(plan);
        return plan;
    }

    /// <summary>A job that just runs and succeeds.</summary>
    public JobPlan NewPlan(JobTerms terms) =>
        Keep(new JobPlan(_plans.Count, VirtualTime.Millisecond, Succeeds: true, Poison: false, terms, Padding: 0));

    /// <param name="tries">How often it may be handed in again, somewhere else or later.</param>
    private void Submit(Machine target, JobPlan plan, int tries = 3)
    {
        if (target.Process is not { } process)
        {
            return;
        }

        _open++;
        process.Ask(
            new PendingRequest(
                answer =>
                {
                    _open--;
                    Submitted(target, plan, answer, tries);
                },
                () =>
                {
                    _open--;
                    Repeat(plan, tries);
                }
            ),
            id => new Input.Submit(id, plan.Terms, plan.ToContent())
        );
    }

    private void Submitted(Machine target, JobPlan plan, Answer answer, int tries)
    {
        switch (answer)
        {
            case Answer.Submitted { Id: var id, IsKnown: var isKnown }:
                simulation.Jobs.OnTold(target, id, plan, isKnown);
                _told.Add(id);
                Follow(id);
                Repeat(plan, tries);
                break;
            case Answer.Elsewhere { Owner: var owner } when plan.Terms is not { IdempotencyKey: null, Concurrency: null }:
                if (tries > 0 && simulation.Fleet.Find(owner.Id) is { } other)
                {
                    Submit(other, plan, tries - 1);
                }

                break;
            case Answer.Unreachable when plan.Terms.IdempotencyKey is not null:
                Repeat(plan, tries);
                break;
            case Answer.Refused { Why: Refusal.Draining }:
                break;
            default:
                throw new Violation($"{target.Id} answers a submit with {answer}");
        }
    }

    /// <summary>With a key a request may be repeated, anywhere, whatever came of it.</summary>
    private void Repeat(JobPlan plan, int tries)
    {
        if (tries > 0 && _options.RepeatAfter(plan.Terms) is { } delay)
        {
            _open++;
            simulation.Do(
                delay,
                () =>
                {
                    _open--;
                    Submit(random.Pick(simulation.Machines), plan, tries - 1);
                }
            );
        }
    }

    /// <summary>What a client does with the id that it was given.</summary>
    private void Follow(JobId id)
    {
        switch (random.Below(10))
        {
            case < 5:
                Watch(id, known: null);
                break;
            case < 7:
                Watch(id, new WatchedState(JobState.Waiting, id.Home, default));
                break;
            case 7:
                CancelLater(id);
                break;
            case 8:
                simulation.Do(random.Skewed(1, 8000) * Millisecond, () => Query(id));
                break;
            default:
                break;
        }
    }

    private void Watch(JobId id, WatchedState? known) =>
        AskHome(
            id,
            request => new Input.Watch(request, id, known),
            view =>
            {
                Violation.Unless(view.IsFinal || known is not null, $"{id.Home} answers for {id} before it is final");
                if (!view.IsFinal)
                {
                    Watch(id, WatchedState.Of(view));
                }
            }
        );

    private void Query(JobId id) => AskHome(id, request => new Input.Query(request, id), _ => { });

    /// <summary>Half of the cancels aim at the end of the job's run, to race with its result.</summary>
    private void CancelLater(JobId id)
    {
        if (random.Chance(0.5))
        {
            simulation.Do(random.Skewed(1, 4000) * Millisecond, () => Cancel(id));
            return;
        }

        simulation.Jobs.WhenRunEnds(
            id,
            endsAt =>
                simulation.Do(Math.Max(0, endsAt - simulation.Now + random.Between(-3 * Millisecond, 3 * Millisecond)), () => Cancel(id))
        );
    }

    private void Cancel(JobId id)
    {
        if (simulation.Jobs.IsLost(id))
        {
            return;
        }

        if (simulation.Jobs.IsAboutToFinish(id))
        {
            simulation.Faults.Counts.Add(Fault.CancelRace);
        }

        simulation.Jobs.OnCancelRequested(id);
        AskHome(
            id,
            request => new Input.Cancel(request, id),
            view =>
            {
                Violation.Unless(view.IsFinal || view.CancelRequested, $"{id.Home} says nothing of the cancel of {id}");
                Watch(id, known: null);
            }
        );
    }

    /// <summary>Asks the home of a job until it answers; nobody answers for a home whose disk is gone.</summary>
    private void AskHome(JobId id, Func<RequestId, Input> input, Action<JobView> answered)
    {
        _open++;
        Ask();

        void Ask()
        {
            if (simulation.Fleet.Find(id.Home) is not { Gone: false } home)
            {
                _open--;
                return;
            }

            if (home.Process is not { } process)
            {
                simulation.Do(AskAgainAfter, Ask);
                return;
            }

            process.Ask(new PendingRequest(answer => Answered(home, answer), () => simulation.Do(AskAgainAfter, Ask)), input);
        }

        void Answered(Machine home, Answer answer)
        {
            _open--;
            switch (answer)
            {
                case Answer.Job { View: var view }:
                    simulation.Jobs.OnView(home, view);
                    answered(view);
                    break;
                case Answer.NotInMemory:
                    // The interface reads the store then.
                    Violation.Unless(
                        home.Store.Finals.ContainsKey(id),
                        $"{home.Id} lost {id}: it is neither in memory nor among the results"
                    );
                    break;
                default:
                    throw new Violation($"{home.Id} answers for {id} with {answer}");
            }
        }
    }
}
