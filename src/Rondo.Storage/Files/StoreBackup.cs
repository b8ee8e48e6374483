using Rondo.Storage.Journals;
using Rondo.Storage.Layout;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Files;

/// <summary>Copies a store while it is in use. The copy gets its name only when it is whole and on the disk.</summary>
internal static class StoreBackup
{
    public static void Write(string file, string path)
    {
        path = Path.GetFullPath(path);
        if (Path.Exists(path))
        {
            throw new StoreException(StoreFailure.Failed, $"{path} is there already: choose another name for the backup");
        }

        var unfinished = path + ".unfinished";
        try
        {
            File.Delete(unfinished);
            using (var database = Database.Open(file, readOnly: true))
            using (var statement = database.Prepare("VACUUM INTO ?1"))
            {
                statement.Bind(1, unfinished).Run();
            }

            CloseJournal(unfinished);

            // VACUUM INTO does not sync what it writes.
            Durable.SyncFile(unfinished);
            File.Move(unfinished, path);
            Durable.SyncDirectory(Path.GetDirectoryName(path)!);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new StoreException(StoreFailure.Failed, $"the backup {path} cannot be written ({failed.Message})", failed);
        }
        catch (StoreException failed)
        {
            File.Delete(unfinished);
            throw new StoreException(failed.Kind, $"the backup {path} cannot be written: {failed.Message}", failed);
        }
    }

    // The copy is whole by itself: no journal belongs to it.
    private static void CloseJournal(string file)
    {
        using var copy = Database.Open(file);
        (JournalMark.Read(copy) with { InUse = false }).Write(copy.Prepare(Meta.Write));
    }
}
