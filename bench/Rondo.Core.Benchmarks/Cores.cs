namespace Rondo.Core.Benchmarks;

/// <summary>
/// Cores in one process, on a perfect network that takes no time: each message is stepped in as soon as it may leave, each job ends as soon
/// as it starts. What is left is what the rules themselves cost.
/// </summary>
internal sealed class Cores
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly JobTerms Noop = new()
    {
        Kind = JobKind.Handler,
        Handler = "noop",
        Summary = "noop",
    };

    private readonly Member[] _members;
    private readonly ExecutorCore[] _cores;
    private readonly Dictionary<ExecutorId, int> _places = [];
    private readonly Queue<(int Core, Input Input)> _inputs = [];
    private readonly List<Input> _ended = [];
    private readonly StepOutput _output = new();
    private readonly byte[] _payload = new byte[100];
    private TimeSpan _now;
    private long _request;

    /// <param name="slots">How many jobs each executor runs at the same time.</param>
    public Cores(params int[] slots)
    {
        _members = [.. slots.Select((_, place) => MemberOf(place))];
        _cores = new ExecutorCore[slots.Length];
        for (var i = 0; i < slots.Length; i++)
        {
            _places.Add(_members[i].Id, i);
        }

        for (var i = 0; i < slots.Length; i++)
        {
            var others = _members.Where((_, place) => place != i).ToArray();
            var settings = new CoreSettings { Self = _members[i], Slots = slots[i] };
            _cores[i] = new ExecutorCore(settings, Recovered.Nothing with { Members = others }, At());
            _output.Clear();
            _cores[i].Start(At(), _output);
            EndBatch(i);
        }

        if (slots.Length > 1)
        {
            PassOn(4 * slots.Length);
        }
    }

    /// <summary>How often a token was passed on.</summary>
    public long Hops { get; private set; }

    /// <summary>How many jobs have ended at their homes.</summary>
    public long Finished { get; private set; }

    /// <summary>The token as it was last passed on.</summary>
    public Message.Pass? LastPass { get; private set; }

    /// <summary>Jobs handed to the first executor in one batch, up to the last one's end.</summary>
    public void RunJobs(int count)
    {
        var target = Finished + count;
        _output.Clear();
        for (var i = 0; i < count; i++)
        {
            _cores[0].Step(new Input.Submit(new RequestId(++_request), Noop, Content()), At(), _output);
        }

        EndBatch(0);
        Run(() => Finished >= target);
    }

    /// <summary>One visit of the token after another.</summary>
    public void PassOn(int hops)
    {
        var target = Hops + hops;
        Run(() => Hops >= target);
    }

    private static Member MemberOf(int place) =>
        new()
        {
            Id = ExecutorId.Parse($"e{place:d4}"),
            Incarnation = new Incarnation(1),
            Name = "e" + place,
            RingAddress = "e" + place,
            HttpAddress = "e" + place,
            Capabilities = new Capabilities(Commands: false, new EquatableList<string>(["noop"])),
        };

    private JobContent Content() => new(ReadOnlyMemory<byte>.Empty, _payload);

    private Instant At() => new(_now, Epoch + _now);

    private void Run(Func<bool> isDone)
    {
        while (!isDone())
        {
            if (_inputs.TryDequeue(out var next))
            {
                _output.Clear();
                _cores[next.Core].Step(next.Input, At(), _output);
                EndBatch(next.Core);
                continue;
            }

            // Nothing is left to say: the time of the earliest deadline comes.
            var due = 0;
            for (var i = 1; i < _cores.Length; i++)
            {
                due = _cores[i].NextDeadline < _cores[due].NextDeadline ? i : due;
            }

            _now = _cores[due].NextDeadline > _now ? _cores[due].NextDeadline : _now;
            _inputs.Enqueue((due, Input.Tick.Instance));
        }
    }

    private void EndBatch(int core)
    {
        do
        {
            _cores[core].EndBatch(At(), _output);
            _ended.Clear();
            Finished += _output.Records.Count(record => record is Record.Finished finished && finished.Id.Home == _members[core].Id);
            Take(core, _output.Prompt);
            Take(core, _output.Effects);
            _output.Clear();
            foreach (var input in _ended)
            {
                _cores[core].Step(input, At(), _output);
            }
        } while (_ended.Count > 0);
    }

    private void Take(int core, List<Effect> effects)
    {
        foreach (var effect in effects)
        {
            switch (effect)
            {
                case Effect.Send send:
                    if (send.Message is Message.Pass pass)
                    {
                        Hops++;
                        LastPass = pass;
                    }

                    _inputs.Enqueue((_places[send.To.Id], new Input.Received(_members[core].Id, send.Message)));
                    break;
                case Effect.Start start:
                    var outcome = new Outcome { End = JobEnd.Succeeded, Output = new JobOutput(_payload, ReadOnlyMemory<byte>.Empty) };
                    _ended.Add(new Input.RunEnded(start.Id, start.Attempt, outcome, Interrupted: false));
                    break;
            }
        }
    }
}
