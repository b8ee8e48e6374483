using System.Diagnostics;
using System.Globalization;
using Rondo.Core;
using Rondo.Wire;

namespace Rondo.Growth;

/// <summary>
/// A ring of real cores on a virtual clock and a network without faults. Each message takes the same time and each commit as well, so
/// what is left to see is how the rules grow with the number of executors, and what one visit of the token costs in computing time.
/// </summary>
internal sealed class CoreRing
{
    private static readonly TimeSpan Latency = TimeSpan.FromMicroseconds(100);
    private static readonly TimeSpan Commit = TimeSpan.FromMicroseconds(300);
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Endless = TimeSpan.FromHours(10);

    private static readonly string[] _tokenKinds =
    [
        nameof(Message.Pass),
        nameof(Message.Ack),
        nameof(Message.Nack),
        nameof(Message.Stale),
        nameof(Message.Wake),
        nameof(Message.Inquire),
        nameof(Message.Alive),
    ];

    private readonly ExecutorCore[] _cores;
    private readonly Dictionary<ExecutorId, int> _places = [];
    private readonly TimeSpan[] _committed;
    private readonly TimeSpan[] _tickAt;
    private readonly int[] _running;
    private readonly List<Input>[] _arrived;
    private readonly List<int> _due = [];
    private readonly PriorityQueue<(int Core, Input? Input), (TimeSpan At, long Serial)> _events = new();
    private readonly StepOutput _output = new();
    private readonly Dictionary<string, long> _byKind = [];
    private TimeSpan _now;
    private long _serial;
    private long _request;
    private readonly List<long> _visitTicks = [];
    private readonly List<long> _wireTicks = [];
    private readonly List<long> _wireBytes = [];
    private int _started;

    public CoreRing(int executors, int slots)
    {
        var members = Enumerable.Range(0, executors).Select(MemberOf).ToArray();
        _cores = new ExecutorCore[executors];
        _committed = new TimeSpan[executors];
        _tickAt = new TimeSpan[executors];
        _running = new int[executors];
        _arrived = [.. Enumerable.Range(0, executors).Select(_ => new List<Input>())];
        Array.Fill(_tickAt, TimeSpan.MinValue);
        for (var i = 0; i < executors; i++)
        {
            _places.Add(members[i].Id, i);
        }

        for (var i = 0; i < executors; i++)
        {
            var others = members.Where((_, place) => place != i).ToArray();
            _cores[i] = new ExecutorCore(
                new CoreSettings { Self = members[i], Slots = slots },
                Recovered.Nothing with
                {
                    Members = others,
                },
                new Instant(_now, Epoch)
            );
            _output.Clear();
            _cores[i].Start(new Instant(_now, Epoch), _output);
            EndBatch(i);
        }
    }

    /// <summary>Messages between executors so far.</summary>
    public long Messages { get; private set; }

    /// <summary>Those of them that are the token's: its passes, what answers them, and what calls for it.</summary>
    public long TokenMessages => _tokenKinds.Sum(kind => _byKind.GetValueOrDefault(kind));

    /// <summary>How many messages of a kind there were so far.</summary>
    public long MessagesOf(string kind) => _byKind.GetValueOrDefault(kind);

    /// <summary>Laps of the newest token.</summary>
    public long Laps { get; private set; }

    public TimeSpan Now => _now;

    /// <summary>
    /// Computing time of a visit of the token, and of its way over the wire (encode and decode); bytes of a token. Medians: other programs of the
    /// machine take their turns in between.
    /// </summary>
    public (TimeSpan Visit, TimeSpan Wire, long Bytes) Cost =>
        (Stopwatch.GetElapsedTime(0, Median(_visitTicks)), Stopwatch.GetElapsedTime(0, Median(_wireTicks)), Median(_wireBytes));

    /// <summary>How far the numbers of running jobs lie apart.</summary>
    public int Spread => _running.Max() - _running.Min();

    public void ForgetCosts()
    {
        _visitTicks.Clear();
        _wireTicks.Clear();
        _wireBytes.Clear();
    }

    /// <summary>Lets time go by until the condition holds.</summary>
    public bool RunUntil(Func<bool> condition, TimeSpan limit)
    {
        var end = _now + limit;
        while (!condition())
        {
            if (!_events.TryPeek(out _, out var next) || next.At > end)
            {
                return false;
            }

            StepAll(next.At);
        }

        return true;
    }

    /// <summary>Hands jobs to one executor, all in one batch.</summary>
    /// <param name="length">How long each runs; null for longer than anyone looks.</param>
    public void Submit(int executor, int jobs, TimeSpan? length = null)
    {
        _output.Clear();
        var ticks = (length ?? Endless).Ticks.ToString(CultureInfo.InvariantCulture);
        var terms = new JobTerms { Kind = JobKind.Command, Summary = ticks };
        for (var i = 0; i < jobs; i++)
        {
            _cores[executor].Step(new Input.Submit(new RequestId(++_request), terms, JobContent.Empty), At(), _output);
        }

        EndBatch(executor);
    }

    public bool AllRunning(int jobs) => _started == jobs;

    /// <summary>Lets time go by until then.</summary>
    public void RunUntil(TimeSpan time)
    {
        while (_events.TryPeek(out _, out var next) && next.At <= time)
        {
            StepAll(next.At);
        }

        _now = time;
    }

    private Instant At() => new(_now, Epoch + _now);

    private static Member MemberOf(int place) =>
        new()
        {
            Id = ExecutorId.Parse($"e{place:d5}"),
            Incarnation = new Incarnation(1),
            Name = "e" + place,
            RingAddress = "e" + place,
            HttpAddress = "e" + place,
            Capabilities = new Capabilities(Commands: true, EquatableList<string>.Empty),
        };

    /// <summary>All that comes at a time, what comes to one executor in one batch: so its loop takes it as well.</summary>
    private void StepAll(TimeSpan at)
    {
        _now = at;
        while (_events.TryPeek(out var item, out var key) && key.At == at)
        {
            _events.Dequeue();
            var (core, input) = item;
            if (input is null)
            {
                if (_tickAt[core] != at)
                {
                    continue; // A later step has moved this deadline.
                }

                _tickAt[core] = TimeSpan.MinValue;
            }

            if (_arrived[core].Count == 0)
            {
                _due.Add(core);
            }

            _arrived[core].Add(input ?? Input.Tick.Instance);
        }

        foreach (var core in _due)
        {
            Step(core, _arrived[core]);
            _arrived[core].Clear();
        }

        _due.Clear();
    }

    private void Step(int core, List<Input> inputs)
    {
        _output.Clear();
        var isPass = inputs is [Input.Received { Message: Message.Pass }];
        var start = isPass ? Stopwatch.GetTimestamp() : 0;
        foreach (var input in inputs)
        {
            _running[core] -= input is Input.RunEnded ? 1 : 0;
            _cores[core].Step(input, At(), _output);
        }

        _cores[core].EndBatch(At(), _output);
        if (isPass)
        {
            _visitTicks.Add(Stopwatch.GetTimestamp() - start);
        }

        LetOut(core);
    }

    private void EndBatch(int core)
    {
        _cores[core].EndBatch(At(), _output);
        LetOut(core);
    }

    private void LetOut(int core)
    {
        foreach (var effect in _output.Prompt)
        {
            Carry(core, effect, _now);
        }

        if (_output.Records.Count > 0)
        {
            _committed[core] = (_now > _committed[core] ? _now : _committed[core]) + Commit;
        }

        var durable = _now > _committed[core] ? _now : _committed[core];
        foreach (var effect in _output.Effects)
        {
            Carry(core, effect, durable);
        }

        var deadline = _cores[core].NextDeadline;
        deadline = deadline > _now ? deadline : _now;
        if (deadline != _tickAt[core] && deadline != TimeSpan.MaxValue)
        {
            Add(deadline, core, null);
        }

        _tickAt[core] = deadline;
    }

    private void Carry(int core, Effect effect, TimeSpan at)
    {
        switch (effect)
        {
            case Effect.Send send:
                Messages++;
                _byKind[send.Message.GetType().Name] = _byKind.GetValueOrDefault(send.Message.GetType().Name) + 1;
                if (send.Message is Message.Pass pass)
                {
                    Laps = Math.Max(Laps, pass.Token.Lap);
                    OverTheWire(pass);
                }

                Add(at + Latency, _places[send.To.Id], new Input.Received(MemberOf(core).Id, send.Message));
                break;
            case Effect.Start start:
                _running[core]++;
                _started++;
                var outcome = new Outcome { End = JobEnd.Succeeded };
                var length = TimeSpan.FromTicks(long.Parse(start.Terms.Summary, CultureInfo.InvariantCulture));
                Add(at + length, core, new Input.RunEnded(start.Id, start.Attempt, outcome, Interrupted: false));
                break;
        }
    }

    private void OverTheWire(Message.Pass pass)
    {
        var start = Stopwatch.GetTimestamp();
        var bytes = MessageCodec.Encode(pass);
        MessageCodec.Decode(bytes);
        _wireTicks.Add(Stopwatch.GetTimestamp() - start);
        _wireBytes.Add(bytes.Length);
    }

    private static long Median(List<long> values) => values.Count == 0 ? 0 : values.Order().ElementAt(values.Count / 2);

    private void Add(TimeSpan at, int core, Input? input) => _events.Enqueue((core, input), (at, ++_serial));
}
