using CsCheck;
using Rondo.Core;

namespace Rondo.Storage.Tests;

/// <summary>Random values of the vocabulary, over the whole range of what may be written.</summary>
internal static class Any
{
    public static readonly Gen<ExecutorId> Executor = Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['0', '9']), 1, ExecutorId.MaxLength]
        .Select(text => ExecutorId.Parse(text));

    public static readonly Gen<JobId> Id = from home in Executor from number in Gen.Long[1, long.MaxValue] select new JobId(home, number);

    // Zero characters and characters beyond 16 bits included.
    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.String[Gen.Char[' ', '~'], 0, 20],
        Gen.Const("a\0b"),
        Gen.Const("žluťoučký 🐎")
    );

    public static readonly Gen<string?> OptionalText = Gen.OneOf(Text.Select(text => (string?)text), Gen.Const((string?)null));

    public static readonly Gen<DateTimeOffset> Time =
        from ticks in Gen.Long[0, DateTimeOffset.MaxValue.UtcTicks]
        select new DateTimeOffset(ticks, TimeSpan.Zero);

    public static readonly Gen<DateTimeOffset?> OptionalTime = Gen.OneOf(
        Time.Select(time => (DateTimeOffset?)time),
        Gen.Const((DateTimeOffset?)null)
    );

    public static readonly Gen<ReadOnlyMemory<byte>> Bytes = Gen.Byte.Array[0, 100].Select(bytes => (ReadOnlyMemory<byte>)bytes);

    public static readonly Gen<int> Count = Gen.OneOf(Gen.Int[0, 10], Gen.Int[0, int.MaxValue]);

    public static readonly Gen<long> Long = Gen.OneOf(Gen.Long[0, 10], Gen.Long[0, long.MaxValue]);

    public static readonly Gen<TransferNumber> Transfer = Count.Select(value => new TransferNumber(value));

    public static readonly Gen<Attempt> Attempt = Count.Select(value => new Attempt(value));

    public static readonly Gen<Incarnation> Incarnation = Long.Select(value => new Incarnation(value));

    public static readonly Gen<TimeSpan> Length = Gen.Long[0, TimeSpan.MaxValue.Ticks].Select(TimeSpan.FromTicks);

    public static readonly Gen<Label> Label = from key in Text from value in Text select new Label(key, value);

    private static readonly Gen<StartTime?> _start = Gen.OneOf(
        Gen.Const((StartTime?)null),
        Time.Select(time => (StartTime?)new StartTime.At(time)),
        Length.Select(delay => (StartTime?)new StartTime.After(delay))
    );

    private static readonly Gen<RetryPolicy> _retries =
        from max in Count
        from backoff in Length
        from factor in Gen.Double[1, 100]
        from longest in Length
        from jitter in Gen.Double[0, 1]
        from codes in List(Gen.Int)
        from exceptions in List(Text)
        select new RetryPolicy
        {
            Max = max,
            Backoff = backoff,
            Factor = factor,
            MaxBackoff = longest,
            Jitter = jitter,
            ExitCodes = codes,
            Exceptions = exceptions,
        };

    private static readonly Gen<Dependency> _dependency =
        from id in Id
        from when in Gen.Enum<DependencyCondition>()
        select new Dependency(id, when);

    private static readonly Gen<JobTerms> _plainTerms =
        from kind in Gen.Enum<JobKind>()
        from handler in OptionalText
        from summary in Text
        from name in OptionalText
        from @group in OptionalText
        from priority in Gen.Int
        from fail in Gen.Bool
        select new JobTerms
        {
            Kind = kind,
            Handler = handler,
            Summary = summary,
            Name = name,
            Group = @group,
            Priority = priority,
            FailOnExecutorLoss = fail,
        };

    public static readonly Gen<JobTerms> Terms =
        from plain in _plainTerms
        from labels in List(Label)
        from requires in List(Label)
        from start in _start
        from retries in _retries.Null()
        from limit in Gen.Select(Length, Length, (timeout, grace) => new TimeLimit(timeout, grace)).Null()
        from key in OptionalText
        from after in List(_dependency)
        from cap in Gen.Select(Text, Count, (name, max) => new ConcurrencyLimit(name, max)).Null()
        from retention in Length.Nullable()
        from index in Gen.Int.Nullable()
        from origin in Id.Nullable()
        select plain with
        {
            Labels = labels,
            Requires = requires,
            Start = start,
            Retries = retries,
            TimeLimit = limit,
            IdempotencyKey = key,
            Digest = key is null ? 0 : (ulong)key.Length,
            After = after,
            Concurrency = cap,
            Retention = retention,
            Index = index,
            RetryOf = origin,
        };

    public static readonly Gen<JobContent> Content = from definition in Bytes from input in Bytes select new JobContent(definition, input);

    public static readonly Gen<JobOutput> Output =
        from result in Bytes
        from errors in Bytes
        from resultDropped in Long
        from errorsDropped in Long
        from resultType in OptionalText
        select new JobOutput(result, errors, resultDropped, errorsDropped, resultType);

    public static readonly Gen<Outcome> Outcome =
        from end in Gen.Enum<JobEnd>()
        from reason in OptionalText
        from error in OptionalText
        from exitCode in Gen.Int.Nullable()
        from signal in Gen.Int.Nullable()
        from exception in OptionalText
        from output in Output
        select new Outcome
        {
            End = end,
            Reason = reason,
            Error = error,
            ExitCode = exitCode,
            Signal = signal,
            Exception = exception,
            Output = output,
        };

    public static readonly Gen<Member> Member =
        from id in Executor
        from incarnation in Incarnation
        from name in Text
        from ring in Text
        from http in Text
        from commands in Gen.Bool
        from handlers in Text.Array[0, 3]
        from labels in List(Label)
        from protocol in Gen.Int[1, int.MaxValue]
        select new Member
        {
            Id = id,
            Incarnation = incarnation,
            Name = name,
            RingAddress = ring,
            HttpAddress = http,
            Capabilities = new Capabilities(commands, new EquatableList<string>(handlers)) { Labels = labels, Protocol = protocol },
        };

    public static Gen<EquatableList<T>> List<T>(Gen<T> item) => item.Array[0, 3].Select(items => new EquatableList<T>(items));
}
