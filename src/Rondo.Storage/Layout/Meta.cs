using System.Text;
using Rondo.Core;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>The rows that a store has one of each.</summary>
internal static class Meta
{
    /// <summary>Writes a row: key, checksum, data.</summary>
    public const string Write = "INSERT OR REPLACE INTO meta(key, crc, data) VALUES(?1, ?2, ?3)";

    private const int IdentityKey = 1;

    public static void WriteIdentity(Database database, ExecutorId id)
    {
        var data = Encoding.UTF8.GetBytes(id.ToString());
        using var statement = database.Prepare(Write);
        statement.Bind(1, IdentityKey).Bind(2, Crc.Of(IdentityKey, data)).Bind(3, data).Run();
    }

    public static ExecutorId ReadIdentity(Database database)
    {
        var text = Encoding.UTF8.GetString(Read(database, IdentityKey, "its identity"));
        return ExecutorId.TryParse(text, out var id)
            ? id
            : throw StoreException.Damaged(database.File, "its identity", $"'{text}' is not an executor id");
    }

    public static bool Has(Database database, int key)
    {
        using var statement = database.Prepare("SELECT 1 FROM meta WHERE key = ?1");
        return statement.Bind(1, key).Step();
    }

    public static byte[] Read(Database database, int key, string what)
    {
        using var statement = database.Prepare("SELECT crc, data FROM meta WHERE key = ?1");
        if (!statement.Bind(1, key).Step())
        {
            throw StoreException.Damaged(database.File, what, "it is missing");
        }

        var data = statement.Bytes(1).ToArray();
        return statement.Number(0) == Crc.Of(key, data)
            ? data
            : throw StoreException.Damaged(database.File, what, "the checksum does not match");
    }
}
