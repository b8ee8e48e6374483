namespace Rondo.Core.Tests;

/// <summary>One core whose whole surroundings are the test: what it hears is scripted, what it says is looked at.</summary>
internal sealed class Solo
{
    private readonly ExecutorCore _core;
    private readonly Dictionary<JobId, List<Record.OfJob>> _jobs = [];
    private TimeSpan _clock;
    private long _request;

    public Solo(
        Recovered? recovered = null,
        int slots = 2,
        long incarnation = 5,
        int maxUnfinished = 1000,
        TimeSpan? keepFinished = null,
        Func<CoreSettings, CoreSettings>? change = null,
        params string[] join
    )
    {
        Self = MemberOf("m1", incarnation);
        Now = TimeSpan.FromSeconds(100);
        foreach (var records in recovered?.Jobs ?? [])
        {
            _jobs.Add(records[0].Id, [.. records]);
        }

        var settings = new CoreSettings
        {
            Self = Self,
            Slots = slots,
            MaxUnfinished = maxUnfinished,
            KeepFinished = keepFinished ?? TimeSpan.MaxValue,
            Join = join,
        };
        _core = new ExecutorCore(change?.Invoke(settings) ?? settings, recovered ?? Recovered.Nothing, Instant);
        var output = new StepOutput();
        _core.Start(Instant, output);
        _core.EndBatch(Instant, output);
        Took(output);
    }

    public Member Self { get; }

    public TimeSpan Now { get; private set; }

    public Instant Instant => new(Now, DateTimeOffset.UnixEpoch + Now + _clock);

    /// <summary>What a start finds that follows on this one.</summary>
    public Recovered Recovered => new(0, _jobs.Keys.Max(id => id.Number), [], [.. _jobs.Values]);

    public List<Record> Records { get; } = [];

    /// <summary>Every record of this start, those that were forgotten included.</summary>
    public List<Record> AllRecords { get; } = [];

    public List<Effect> Effects { get; } = [];

    public IEnumerable<T> Sent<T>(string to)
        where T : Message =>
        Effects.OfType<Effect.Send>().Where(send => send.To.Id == ExecutorId.Parse(to)).Select(send => send.Message).OfType<T>();

    public static Member MemberOf(string id, long incarnation = 1) =>
        new()
        {
            Id = ExecutorId.Parse(id),
            Incarnation = new Incarnation(incarnation),
            Name = id,
            RingAddress = $"{id}:1",
            HttpAddress = $"{id}:2",
            Capabilities = new Capabilities(Commands: true, EquatableList<string>.Empty),
        };

    /// <summary>A core that runs a job for a1 and has offered another one of a1's to z1.</summary>
    public static (Solo Solo, OfferedJob Onward) PassingOn()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        solo.Receive("a1", Offer("a1-7", 1));
        solo.Receive("a1", Offer("a1-8", 1));
        solo.ReceiveToken("a1", Generation(9, "a1"), 3, Row("z1", 0, 0));
        return (solo, Assert.Single(solo.Sent<Message.Offer>("z1").Single().Jobs));
    }

    /// <summary>Makes peers known and alive, and forgets what was said up to then.</summary>
    public Solo With(params string[] peers)
    {
        foreach (var peer in peers)
        {
            Receive(peer, new Message.Hello(1, new EquatableList<Member>(MemberOf(peer))));
            Greeted(peer);
        }

        // A newcomer may have been asked once more whether it is there: the token had not visited it.
        foreach (var peer in peers)
        {
            Greeted(peer);
        }

        return Forget();
    }

    public void Greeted(string peer, long incarnation = 1, Member? member = null) =>
        Receive(
            peer,
            new Message.HelloAck(Sent<Message.Hello>(peer).Last().Nonce, new EquatableList<Member>(member ?? MemberOf(peer, incarnation)))
        );

    public Solo Forget()
    {
        Records.Clear();
        Effects.Clear();
        return this;
    }

    public void Receive(string from, Message message) => Step(new Input.Received(ExecutorId.Parse(from), message));

    public void Step(Input input)
    {
        var output = new StepOutput();
        _core.Step(input, Instant, output);
        _core.EndBatch(Instant, output);
        Took(output);
    }

    /// <summary>Lets time pass, with a tick at each deadline.</summary>
    public void Wait(TimeSpan time)
    {
        var end = Now + time;
        while (_core.NextDeadline <= end)
        {
            Now = _core.NextDeadline > Now ? _core.NextDeadline : Now;
            Step(Input.Tick.Instance);
        }

        Now = end;
    }

    /// <summary>Lets time pass while the token goes round among these peers, who take it, say so when they are asked for it, and answer greetings.</summary>
    public void WaitWithoutToken(TimeSpan time, params string[] peers)
    {
        var heard = Effects.Count;
        for (var end = Now + time; Now < end; )
        {
            var left = end - Now;
            Wait(left < TimeSpan.FromMilliseconds(10) ? left : TimeSpan.FromMilliseconds(10));
            for (; heard < Effects.Count; heard++)
            {
                if (Effects[heard] is not Effect.Send { To: var peer, Message: var message } || !peers.Contains(peer.Name))
                {
                    continue;
                }

                switch (message)
                {
                    case Message.Pass pass:
                        Receive(peer.Name, new Message.Ack(pass.Token.Generation, pass.Token.Hop));
                        break;
                    case Message.Inquire inquire:
                        Receive(peer.Name, new Message.Alive(inquire.Nonce, TimeSpan.FromMilliseconds(1)));
                        break;
                    case Message.Hello hello:
                        Receive(peer.Name, new Message.HelloAck(hello.Nonce, new EquatableList<Member>(peer)));
                        break;
                }
            }
        }
    }

    /// <summary>Somebody sets the wall clock forward, or back.</summary>
    public void SetClock(TimeSpan change) => _clock += change;

    /// <summary>Lets time pass in which the core is not run at all.</summary>
    public void Sleep(TimeSpan time) => Now += time;

    /// <summary>Asks, and gives the answer that comes at once.</summary>
    public Answer Ask(Func<RequestId, Input> input) =>
        AnswerTo(Request(input)) ?? throw new InvalidOperationException("There is no answer yet.");

    /// <summary>Asks; the answer may come later.</summary>
    public RequestId Request(Func<RequestId, Input> input)
    {
        var request = new RequestId(++_request);
        Step(input(request));
        return request;
    }

    /// <summary>The only answer to a request; null as long as there is none.</summary>
    public Answer? AnswerTo(RequestId request) => Effects.OfType<Effect.Reply>().SingleOrDefault(reply => reply.Request == request)?.Answer;

    public JobId Submit(JobTerms? terms = null)
    {
        Step(new Input.Submit(new RequestId(++_request), terms ?? TestExecutor.Command(), JobContent.Empty));
        return ((Record.Accepted)Records.FindLast(record => record is Record.Accepted)!).Id;
    }

    public JobView? View(JobId id)
    {
        Step(new Input.Query(new RequestId(++_request), id));
        return (((Effect.Reply)Effects.Last(effect => effect is Effect.Reply)).Answer as Answer.Job)?.View;
    }

    /// <summary>The attempt that runs here ends.</summary>
    public void End(JobId id, JobEnd end = JobEnd.Succeeded)
    {
        var attempt = ((Record.Started)AllRecords.FindLast(record => record is Record.Started started && started.Id == id)!).Attempt;
        Step(new Input.RunEnded(id, attempt, new Outcome { End = end }, Interrupted: false));
    }

    /// <summary>The records of the jobs that have not ended, as a store would give them back.</summary>
    public IReadOnlyList<IReadOnlyList<Record.OfJob>> Unfinished() =>
        [
            .. AllRecords
                .OfType<Record.OfJob>()
                .GroupBy(record => record.Id)
                .Select(records => records.ToArray())
                .Where(records => records[^1] is not (Record.Finished or Record.Dropped)),
        ];

    /// <summary>Receives the token as the peer's pass, with the rows that it brings.</summary>
    public Token ReceiveToken(string from, Generation generation, long hop, params ReadOnlySpan<LoadRow> rows)
    {
        var token = new Token(generation, hop, 7, 0, new EquatableList<LoadRow>(rows));
        Receive(from, new Message.Pass(Self.Incarnation, token));
        return token;
    }

    public static LoadRow Row(string id, int running, int waiting, int slots = 2) =>
        new(
            ExecutorId.Parse(id),
            new Incarnation(1),
            running,
            waiting,
            slots,
            1,
            Draining: false,
            EquatableList<OnTheWay>.Empty,
            EquatableList<ExecutorId>.Empty
        );

    public static Generation Generation(long epoch, string creator) => new(epoch, ExecutorId.Parse(creator));

    public static JobTransfer Transfer(JobId id, int transfer) => new(id, new TransferNumber(transfer));

    public static OfferedJob Offered(string id, int transfer, long sequence = 1) =>
        new(
            JobId.Parse(id),
            sequence,
            new TransferNumber(transfer),
            new Attempt(0),
            0,
            CancelRequested: false,
            DateTimeOffset.UnixEpoch,
            TestExecutor.Command(),
            JobContent.Empty
        );

    public static Message.Offer Offer(string id, int transfer) => new(new EquatableList<OfferedJob>(Offered(id, transfer)));

    public static Message.ResultAck ResultAck(string id, int transfer) =>
        new(new EquatableList<ResultReceipt>(new ResultReceipt(JobId.Parse(id), new TransferNumber(transfer))));

    private void Took(StepOutput output)
    {
        Records.AddRange(output.Records);
        AllRecords.AddRange(output.Records);
        foreach (var record in output.Records.OfType<Record.OfJob>())
        {
            if (!_jobs.TryGetValue(record.Id, out var records))
            {
                _jobs.Add(record.Id, records = []);
            }

            records.Add(record);
            if (record is Record.Dropped || (record is Record.Finished && record.Id.Home == Self.Id))
            {
                _jobs.Remove(record.Id);
            }
        }

        Effects.AddRange(output.Prompt);
        Effects.AddRange(output.Effects);
    }
}
