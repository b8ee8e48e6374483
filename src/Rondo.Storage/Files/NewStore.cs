using Rondo.Core;
using Rondo.Storage.Layout;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Files;

/// <summary>Makes a store where there is none. It gets its name only when it is whole, so that a crash leaves none or all of it.</summary>
internal static class NewStore
{
    public static void MakeDirectory(string directory)
    {
        try
        {
            if (!Directory.Exists(directory))
            {
                Directory.CreateDirectory(directory);
                Durable.SyncDirectory(Path.GetDirectoryName(directory) ?? directory);
            }
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                StoreFailure.Failed,
                $"the data directory {directory} cannot be made ({refused.Message}). Choose another one, or check the permissions of its parent",
                refused
            );
        }
    }

    public static void MakeUnlessThere(string file, ExecutorId id)
    {
        if (File.Exists(file))
        {
            return;
        }

        if (File.Exists(file + "-wal"))
        {
            throw StoreException.Damaged(file, "the store", "its log is there, but the file itself is missing");
        }

        if (Directory.GetFiles(Path.GetDirectoryName(file)!, "journal.*").Length > 0)
        {
            throw StoreException.Damaged(file, "the store", "its journal is there, but the file itself is missing");
        }

        try
        {
            Make(file, id);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(
                StoreFailure.Failed,
                $"{file} cannot be made ({refused.Message}). Check the permissions of its directory",
                refused
            );
        }
    }

    private static void Make(string file, ExecutorId id)
    {
        var unfinished = file + ".new";
        foreach (var suffix in (ReadOnlySpan<string>)["", "-journal", "-wal", "-shm"])
        {
            File.Delete(unfinished + suffix);
        }

        using (var database = Database.Open(unfinished, create: true))
        {
            database.Execute($"PRAGMA page_size = 4096; PRAGMA synchronous = FULL; PRAGMA application_id = {Schema.ApplicationId}");
            Schema.Migrate(database);
            Meta.WriteIdentity(database, id);
            Counters.None.Write(database.Prepare(Meta.Write));
        }

        Durable.SyncFile(unfinished);
        File.Move(unfinished, file);
        Durable.SyncDirectory(Path.GetDirectoryName(file)!);
    }
}
