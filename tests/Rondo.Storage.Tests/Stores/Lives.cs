using Rondo.Core;

namespace Rondo.Storage.Tests.Stores;

/// <summary>Records in orders that the core writes them in.</summary>
internal static class Lives
{
    private static readonly ExecutorId _self = Samples.Self;
    private static readonly ExecutorId _peer = Samples.Peer;

    public static JobContent Content(int bytes, byte fill = 7) => new("{}"u8.ToArray(), Enumerable.Repeat(fill, bytes).ToArray());

    public static Record.Accepted Accepted(long number, JobContent? content = null, string? name = null, string? group = null) =>
        new(new JobId(_self, number), At(number), Samples.Terms with { Name = name, Group = group }, content ?? Samples.Content);

    public static Record.Finished Finished(JobId id, JobEnd end = JobEnd.Succeeded, JobOutput? output = null) =>
        new(
            id,
            At(id.Number).AddMinutes(1),
            _self,
            new Attempt(1),
            0,
            At(id.Number).AddSeconds(1),
            new Outcome { End = end, Output = output ?? new JobOutput("done"u8.ToArray(), default) }
        );

    public static Record.Held Held(long number, int transfer = 1, JobContent? content = null) =>
        new(
            new JobId(_peer, number),
            At(number),
            Samples.Terms,
            content ?? Samples.Content,
            At(number),
            _peer,
            new TransferNumber(transfer),
            default,
            0,
            false
        );

    /// <summary>The crons of the golden store of version 3.</summary>
    public static IReadOnlyList<Cron> Crons() =>
        [
            new Cron("hourly", "{}"u8.ToArray(), Samples.At, Samples.At.AddHours(1), Samples.At.AddHours(1), Samples.Own),
            new Cron("nightly", "{\"cron\":\"0 3 * * *\"}"u8.ToArray(), Samples.At, Samples.At),
        ];

    /// <summary>What version 3 of the store added; the golden store of it has these.</summary>
    public static IReadOnlyList<Record> OfVersion3() =>
        [
            .. Crons().Select(cron => new Record.CronKept(cron)),
            new Record.CronKept(Crons()[0] with { Name = "gone" }),
            new Record.CronGone("gone"),
            Keyed,
            new Record.Started(Keyed.Id, Samples.At, new Attempt(1)),
            Finished(Keyed.Id),
        ];

    /// <summary>A job with an idempotency key, which has ended.</summary>
    public static Record.Accepted Keyed { get; } =
        new(Samples.Own, Samples.At, Samples.Terms with { IdempotencyKey = "order-7", Digest = 7 }, JobContent.Empty);

    /// <summary>What version 4 of the store added, with <see cref="Kept"/> still there; the golden store of it has these.</summary>
    public static IReadOnlyList<Record> OfVersion4() =>
        [.. OfVersion3(), Kept, new Record.Started(Kept.Id, Samples.At, new Attempt(1)), Finished(Kept.Id)];

    /// <summary>A job that is kept for two days after its end.</summary>
    public static Record.Accepted Kept { get; } =
        new(
            new JobId(Samples.Own.Home, Samples.Own.Number + 1),
            Samples.At,
            Samples.Terms with
            {
                IdempotencyKey = "order-8",
                Digest = 8,
                Retention = TimeSpan.FromDays(2),
            },
            JobContent.Empty
        );

    /// <summary>
    /// A job in every state that there is, of this home (numbers from 1) and held (numbers from 1 of the other home). It does not change: the
    /// golden store has these.
    /// </summary>
    public static IReadOnlyList<Record> OneOfEach()
    {
        var records = new List<Record> { new Record.Minted(3), new Record.MemberKnown(Samples.Member) };
        for (var number = 1; number <= 9; number++)
        {
            records.Add(Accepted(number, Content(number % 2 == 0 ? 10 : 9_000, (byte)number), name: $"job {number}", group: "each"));
        }

        // 1 waits. 2 is offered, 3 away, 4 located, 5 taken back, 6 runs, 7 was interrupted, 8 and 9 are finished.
        records.Add(new Record.Offered(Own(2), At(2), _peer, new TransferNumber(1), 5));
        records.Add(new Record.Offered(Own(3), At(3), _peer, new TransferNumber(1), 5));
        records.Add(new Record.HandedOver(Own(3), At(3), _peer, new TransferNumber(1)));
        records.Add(new Record.HandedOver(Own(4), At(4), _peer, new TransferNumber(1)));
        records.Add(new Record.Located(Own(4), At(4), _peer, new TransferNumber(1), new Attempt(1), 0, At(4)));
        records.Add(new Record.TakenBack(Own(5), At(5), _peer, new TransferNumber(4096), new Attempt(1), 0, "why"));
        records.Add(new Record.Started(Own(6), At(6), new Attempt(1)));
        records.Add(new Record.Started(Own(7), At(7), new Attempt(1)));
        records.Add(new Record.Interrupted(Own(7), At(7), true));
        records.Add(new Record.CancelNoted(Own(7), At(7)));
        records.Add(new Record.Started(Own(8), At(8), new Attempt(1)));
        records.Add(Finished(Own(8), JobEnd.Failed, new JobOutput(new byte[20_000], new byte[3])));
        records.Add(Finished(Own(9)));

        for (var number = 1; number <= 6; number++)
        {
            records.Add(Held(number, content: Content(number % 2 == 0 ? 10 : 9_000, (byte)number)));
        }

        // 1 waits, 2 is offered on, 3 has a result that is kept, 4 is dropped, 5 was passed on, 6 is held again.
        records.Add(new Record.Offered(Foreign(2), At(2), _self, new TransferNumber(2), 6));
        records.Add(new Record.Started(Foreign(3), At(3), new Attempt(1)));
        records.Add(Finished(Foreign(3), JobEnd.Succeeded, new JobOutput(new byte[5_000], default)));
        records.Add(new Record.Dropped(Foreign(4), At(4)));
        records.Add(new Record.HandedOver(Foreign(5), At(5), _self, new TransferNumber(2)));
        records.Add(new Record.HandedOver(Foreign(6), At(6), _self, new TransferNumber(2)));
        records.Add(Held(6, transfer: 3, content: Content(6_000)));
        return records;
    }

    public static JobId Own(long number) => new(_self, number);

    public static JobId Foreign(long number) => new(_peer, number);

    public static DateTimeOffset At(long seconds) => Samples.At.AddSeconds(seconds);
}
