namespace Rondo.Core;

/// <summary>Something that is known by the id of its job.</summary>
public interface IKnownByJobId
{
    /// <summary>The id.</summary>
    JobId Id { get; }
}

/// <summary>Finds what a set has by the id of its job: a set, unlike a dictionary, needs no second copy of the id for each.</summary>
/// <typeparam name="T">What is found.</typeparam>
public sealed class ByJobId<T> : IEqualityComparer<T>, IAlternateEqualityComparer<JobId, T>
    where T : class, IKnownByJobId
{
    /// <summary>The only one.</summary>
    public static ByJobId<T> Instance { get; } = new();

    private ByJobId() { }

    /// <inheritdoc/>
    public bool Equals(T? x, T? y) => x is null ? y is null : y is not null && x.Id == y.Id;

    /// <inheritdoc/>
    public bool Equals(JobId alternate, T other) => alternate == other.Id;

    /// <inheritdoc/>
    public int GetHashCode(T obj) => obj.Id.GetHashCode();

    /// <inheritdoc/>
    public int GetHashCode(JobId alternate) => alternate.GetHashCode();

    /// <exception cref="NotSupportedException">Always: an id alone does not make one.</exception>
    public T Create(JobId alternate) => throw new NotSupportedException($"{alternate} is looked for, not added");
}
