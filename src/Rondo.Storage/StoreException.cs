namespace Rondo.Storage;

/// <summary>Why a store cannot be used, or can no longer be used.</summary>
public enum StoreFailure
{
    /// <summary>Another process has the data directory.</summary>
    InUse,

    /// <summary>What is on the disk is not what was written.</summary>
    Damaged,

    /// <summary>A newer version of Rondo wrote it.</summary>
    WrongVersion,

    /// <summary>The file is something else than a store of Rondo.</summary>
    NotAStore,

    /// <summary>No space is left on the disk.</summary>
    Full,

    /// <summary>The disk or the file system refused for another reason.</summary>
    Failed,
}

/// <summary>
/// The store cannot be opened, read or written. The message says what happened, to which file, and what can be done. When a commit threw
/// it, nothing more can be written: the process is to stop and to start again from what is on the disk.
/// </summary>
public sealed class StoreException(StoreFailure kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of failure it is.</summary>
    public StoreFailure Kind { get; } = kind;

    /// <summary>What is wrong, without the file and the advice; null when the message is all that there is.</summary>
    internal string? Detail { get; private init; }

    internal static StoreException Damaged(string file, string what, string detail, Exception? inner = null) =>
        new(
            StoreFailure.Damaged,
            $"{what} in {file} is damaged: {detail}. Check the disk; to go on, restore the data directory from a backup",
            inner
        )
        {
            Detail = detail,
        };
}
