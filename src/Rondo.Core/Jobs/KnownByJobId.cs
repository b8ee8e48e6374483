namespace Rondo.Core;

/// <summary>Something that is known by the id of its job, and can be in one <see cref="JobIndex{T}"/>.</summary>
/// <typeparam name="T">The type itself.</typeparam>
public abstract class KnownByJobId<T>(JobId id)
    where T : KnownByJobId<T>
{
    /// <summary>The id.</summary>
    public JobId Id { get; } = id;

    /// <summary>The next one in the same place of its index.</summary>
    internal T? Next { get; set; }
}
