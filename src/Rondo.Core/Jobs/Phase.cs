namespace Rondo.Core;

/// <summary>Where a job is, seen from one executor. Each case has only what exists in it.</summary>
internal abstract record Phase
{
    private Phase() { }

    /// <summary>At its home only: it must not start yet.</summary>
    public sealed record Scheduled(Hold Hold) : Phase;

    /// <summary>It is here and could start.</summary>
    public sealed record Waiting : Phase
    {
        public static Waiting Instance { get; } = new();
    }

    /// <summary>An attempt goes on here.</summary>
    /// <param name="Attempt">Which one. The job itself may know of a later one, begun elsewhere unseen.</param>
    public sealed record Running(DateTimeOffset StartedAt, Attempt Attempt) : Phase;

    /// <summary>It is being handed to another executor, which may or may not have it yet.</summary>
    public sealed record Offered(ExecutorId To) : Phase;

    /// <summary>At its home only: another executor has it.</summary>
    /// <param name="StartedAt">When that executor started it, if it is known to run.</param>
    public sealed record Away(ExecutorId Holder, DateTimeOffset? StartedAt) : Phase;

    /// <summary>Not at its home: another executor has it now, and this one vouches for that until the home knows.</summary>
    public sealed record PassedOn(ExecutorId To) : Phase;

    /// <summary>It ended. At its home that is final; elsewhere the result is kept until the home has it.</summary>
    public sealed record Ended(Record.Finished Record) : Phase;

    /// <summary>This executor has nothing to do with it any more.</summary>
    public sealed record Forgotten : Phase
    {
        public static Forgotten Instance { get; } = new();
    }
}
