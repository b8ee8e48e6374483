using SQLitePCL;

namespace Rondo.Storage.Sqlite;

/// <summary>SQLite's result codes as what they mean for a store.</summary>
internal static class SqliteErrors
{
    // SQLITE_IOERR_SHMSIZE: the shared index beside the log could not grow, which has no other cause than a full disk.
    private const int IndexCannotGrow = raw.SQLITE_IOERR | (19 << 8);

    public static StoreException ToException(int code, string detail, string file) =>
        (code & 0xFF, code) switch
        {
            (raw.SQLITE_FULL, _) or (_, IndexCannotGrow) => new StoreException(
                StoreFailure.Full,
                $"the disk is full: {file} could not be written, and nothing that was written before is lost. "
                    + "Free some space on that file system, then start again"
            ),
            (raw.SQLITE_CORRUPT, _) => StoreException.Damaged(file, "something", detail),
            (raw.SQLITE_NOTADB, _) => new StoreException(
                StoreFailure.NotAStore,
                $"{file} is not a store of Rondo ({detail}). Choose another data directory, or restore the file from a backup"
            ),
            (raw.SQLITE_BUSY, _) => new StoreException(
                StoreFailure.InUse,
                $"{file} is locked by another program. End what has the file open, then start again"
            ),
            (raw.SQLITE_PERM or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_AUTH, _) => new StoreException(
                StoreFailure.Failed,
                $"{file} cannot be opened for writing ({detail}). Check its owner and its permissions, and those of its directory"
            ),
            _ => new StoreException(
                StoreFailure.Failed,
                $"{file} cannot be read or written ({detail}, SQLite code {code}). Check the disk, then start again: "
                    + "it goes on from the last commit"
            ),
        };
}
