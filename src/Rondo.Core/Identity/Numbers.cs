namespace Rondo.Core;

/// <summary>Counts the starts of an executor, from 1. Durable, and raised before the first message of a start.</summary>
public readonly record struct Incarnation(long Value) : IComparable<Incarnation>
{
    /// <inheritdoc/>
    public int CompareTo(Incarnation other) => Value.CompareTo(other.Value);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(Incarnation left, Incarnation right) => left.Value < right.Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(Incarnation left, Incarnation right) => left.Value > right.Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(Incarnation left, Incarnation right) => left.Value <= right.Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(Incarnation left, Incarnation right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>How often a job was started: 0 before its first start.</summary>
public readonly record struct Attempt(int Value)
{
    /// <summary>The attempt after this one.</summary>
    public Attempt Next => new(Value + 1);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>How often a job was handed over or taken back: 0 at the home that accepted it. A report with an old number changes nothing.</summary>
public readonly record struct TransferNumber(int Value) : IComparable<TransferNumber>
{
    private const int TakeBackBits = 12;

    /// <summary>The number of the next handoff.</summary>
    public TransferNumber Next => new(Value + 1);

    /// <summary>The number before this one.</summary>
    public TransferNumber Previous => new(Value - 1);

    /// <summary>
    /// The number under which a home has its job again, taken back or come home, while other executors may still have copies. It leaves
    /// room for handoffs that the home has not heard of (4,096 of them at least), so that no copy elsewhere has a number as high as this
    /// one or those that follow it.
    /// </summary>
    public TransferNumber AfterTakeBack => new(((Value >> TakeBackBits) + 2) << TakeBackBits);

    /// <inheritdoc/>
    public int CompareTo(TransferNumber other) => Value.CompareTo(other.Value);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(TransferNumber left, TransferNumber right) => left.Value < right.Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(TransferNumber left, TransferNumber right) => left.Value > right.Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(TransferNumber left, TransferNumber right) => left.Value <= right.Value;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(TransferNumber left, TransferNumber right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}

/// <summary>Ties a reply to the request that asked for it. Chosen by the caller; unique among its open requests.</summary>
public readonly record struct RequestId(long Value);

/// <summary>
/// A generation of the token. Every act that could fork the token makes a new one; a lower one dies where a higher one was seen.
/// </summary>
/// <param name="Epoch">The higher epoch wins.</param>
/// <param name="Creator">Breaks a tie: each executor makes an epoch at most once.</param>
public readonly record struct Generation(long Epoch, ExecutorId Creator) : IComparable<Generation>
{
    /// <inheritdoc/>
    public int CompareTo(Generation other) => Epoch == other.Epoch ? Creator.CompareTo(other.Creator) : Epoch.CompareTo(other.Epoch);

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <(Generation left, Generation right) => left.CompareTo(right) < 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >(Generation left, Generation right) => left.CompareTo(right) > 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator <=(Generation left, Generation right) => left.CompareTo(right) <= 0;

    /// <inheritdoc cref="CompareTo"/>
    public static bool operator >=(Generation left, Generation right) => left.CompareTo(right) >= 0;

    /// <summary>The generation as people read it, such as <c>7@k7q2</c>.</summary>
    public override string ToString() => $"{Epoch}@{Creator}";
}

/// <summary>A point in time, as the shell around the core reads it.</summary>
/// <param name="Elapsed">Monotonic; every time limit is measured by it.</param>
/// <param name="Wall">The wall clock: shown to people, and compared only with the times at which clients want jobs to start.</param>
public readonly record struct Instant(TimeSpan Elapsed, DateTimeOffset Wall);
