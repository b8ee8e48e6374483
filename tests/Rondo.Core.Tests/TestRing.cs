namespace Rondo.Core.Tests;

/// <summary>Cores on a perfect network: every message arrives after a fixed time, in order. Jobs run for as long as they say.</summary>
internal sealed class TestRing
{
    private static readonly TimeSpan Latency = TimeSpan.FromMicroseconds(100);

    private readonly SortedDictionary<(TimeSpan At, long Order), Action> _events = [];
    private long _order;
    private long _request;

    public Dictionary<ExecutorId, TestExecutor> Executors { get; } = [];

    public TimeSpan Now { get; private set; }

    public Instant Instant => new(Now, DateTimeOffset.UnixEpoch + Now);

    /// <summary>Every message that was sent, with its sender.</summary>
    public List<(TimeSpan At, ExecutorId From, ExecutorId To, Message Message)> Sent { get; } = [];

    public TestExecutor Add(string id, int slots = 4, string? join = null, Capabilities? capabilities = null)
    {
        var executor = new TestExecutor(
            this,
            ExecutorId.Parse(id),
            slots,
            join,
            capabilities ?? new Capabilities(Commands: true, EquatableList<string>.Empty)
        );
        Executors.Add(executor.Id, executor);
        executor.Start();
        return executor;
    }

    public RequestId NewRequest() => new(++_request);

    public void After(TimeSpan delay, Action what) => _events.Add((Now + delay, ++_order), what);

    public void Deliver(ExecutorId from, string address, Message message)
    {
        var to = Executors.Values.SingleOrDefault(executor => executor.Member.RingAddress == address);
        if (to is null)
        {
            return;
        }

        Sent.Add((Now, from, to.Id, message));
        After(
            Latency,
            () =>
            {
                if (to.IsUp)
                {
                    to.Step(new Input.Received(from, message));
                }
                else if (Executors[from].IsUp)
                {
                    Executors[from].Step(new Input.LinkBroken(to.Id));
                }
            }
        );
    }

    /// <summary>Lets virtual time pass.</summary>
    public void Run(TimeSpan time)
    {
        var end = Now + time;
        RunUntil(() => false, end);
        Now = end;
    }

    /// <summary>Lets virtual time pass until the condition holds; fails when it does not within the time limit.</summary>
    public void Until(Func<bool> condition, TimeSpan limit)
    {
        RunUntil(condition, Now + limit);
        Assert.True(condition(), $"The condition did not come true within {limit}.");
    }

    private void RunUntil(Func<bool> condition, TimeSpan end)
    {
        while (!condition())
        {
            var deadline = Executors.Values.Where(executor => executor.IsUp).OrderBy(executor => executor.NextDeadline).FirstOrDefault();
            var next = _events.Count > 0 ? _events.First().Key.At : TimeSpan.MaxValue;
            var tick = deadline is not null && deadline.NextDeadline < next;
            if ((tick ? deadline!.NextDeadline : next) > end)
            {
                return;
            }

            if (tick)
            {
                Now = deadline!.NextDeadline > Now ? deadline.NextDeadline : Now;
                deadline.Step(Input.Tick.Instance);
            }
            else
            {
                var first = _events.First();
                Now = first.Key.At;
                _events.Remove(first.Key);
                first.Value();
            }
        }
    }
}
