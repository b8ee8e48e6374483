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

    public static readonly Gen<JobTerms> Terms =
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

    public static readonly Gen<JobContent> Content = from definition in Bytes from input in Bytes select new JobContent(definition, input);

    public static readonly Gen<JobOutput> Output =
        from result in Bytes
        from errors in Bytes
        from resultDropped in Long
        from errorsDropped in Long
        select new JobOutput(result, errors, resultDropped, errorsDropped);

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
        select new Member
        {
            Id = id,
            Incarnation = incarnation,
            Name = name,
            RingAddress = ring,
            HttpAddress = http,
            Capabilities = new Capabilities(commands, new EquatableList<string>(handlers)),
        };

    public static Gen<EquatableList<T>> List<T>(Gen<T> item) => item.Array[0, 3].Select(items => new EquatableList<T>(items));
}
