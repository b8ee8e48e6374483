using System.Buffers.Binary;
using System.Text;

namespace Rondo.Chaos.Disk;

/// <summary>
/// What a loss of power does to the files of an executor that has just been ended: of the writes that no sync had made durable, each
/// sector is there or not, by chance. A process that is only killed loses nothing that it wrote, so SIGKILL does not test syncing.
/// </summary>
/// <remarks>A change of a file's size counts as durable at once, and everything before it: less is lost then than might be.</remarks>
internal static class PowerCut
{
    private const int SectorBytes = 512;
    private const int HeaderBytes = 40;

    /// <summary>Takes unsynced sectors back.</summary>
    /// <returns>How many were taken back.</returns>
    public static int Lose(string undoPath, Random random)
    {
        if (!File.Exists(undoPath))
        {
            return 0;
        }

        var lost = 0;
        foreach (var (path, writes) in Unsynced(File.ReadAllBytes(undoPath)))
        {
            if (File.Exists(path) && writes.Count > 0)
            {
                lost += Lose(path, writes, random);
            }
        }

        return lost;
    }

    private static int Lose(string path, List<Write> writes, Random random)
    {
        // How much survives differs from one cut to the next: all, little, and anything between.
        var chance = random.Next(4) switch
        {
            0 => 1.0,
            1 => 0.1,
            _ => random.NextDouble(),
        };
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var lost = 0;
        for (var i = writes.Count - 1; i >= 0; i--)
        {
            var write = writes[i];
            for (var at = write.Offset; at < write.Offset + write.Length; )
            {
                var end = Math.Min(((at / SectorBytes) + 1) * SectorBytes, write.Offset + write.Length);
                if (random.NextDouble() < chance && at < file.Length)
                {
                    file.Position = at;
                    file.Write(write.Before((int)(at - write.Offset), (int)Math.Min(end - at, file.Length - at)));
                    lost++;
                }

                at = end;
            }
        }

        if (random.Next(2) == 0 && writes[0].SizeBefore < file.Length)
        {
            file.SetLength(writes[0].SizeBefore);
            lost++;
        }

        return lost;
    }

    private static Dictionary<string, List<Write>> Unsynced(byte[] log)
    {
        var files = new Dictionary<string, List<Write>>();
        var syncs = new Dictionary<(string Path, long Number), int>();
        for (var at = 0; at + HeaderBytes <= log.Length; )
        {
            var header = log.AsSpan(at, HeaderBytes);
            var kind = (char)BinaryPrimitives.ReadInt32LittleEndian(header);
            var pathLength = BinaryPrimitives.ReadInt32LittleEndian(header[4..]);
            var offset = BinaryPrimitives.ReadInt64LittleEndian(header[8..]);
            var length = BinaryPrimitives.ReadInt64LittleEndian(header[16..]);
            var replaced = (int)BinaryPrimitives.ReadInt64LittleEndian(header[24..]);
            var size = BinaryPrimitives.ReadInt64LittleEndian(header[32..]);
            at += HeaderBytes;
            if (at + pathLength + replaced > log.Length)
            {
                // The process ended while it noted this: the write itself did not happen.
                break;
            }

            var path = Encoding.UTF8.GetString(log, at, pathLength);
            var writes = files.TryGetValue(path, out var known) ? known : files[path] = [];
            var old = log.AsMemory(at + pathLength, replaced);
            at += pathLength + replaced;
            switch (kind)
            {
                case 'W':
                    writes.Add(new Write(offset, length, old, size));
                    break;
                case 'B':
                    syncs[(path, offset)] = writes.Count;
                    break;
                case 'E' when syncs.Remove((path, offset), out var durable):
                    // Those that came while the sync was under way may not be part of it. Another sync may have ended meanwhile.
                    writes.RemoveRange(0, Math.Min(durable, writes.Count));
                    Forget(syncs, path, durable);
                    break;
                case 'T':
                    Forget(syncs, path, writes.Count);
                    writes.Clear();
                    break;
            }
        }

        return files;
    }

    private static void Forget(Dictionary<(string Path, long Number), int> syncs, string path, int writes)
    {
        foreach (var sync in syncs.Where(sync => sync.Key.Path == path).ToArray())
        {
            syncs[sync.Key] = Math.Max(sync.Value - writes, 0);
        }
    }

    private sealed record Write(long Offset, long Length, ReadOnlyMemory<byte> Old, long SizeBefore)
    {
        /// <summary>What was there before; zeros behind the file's end.</summary>
        public byte[] Before(int from, int count)
        {
            var bytes = new byte[count];
            if (from < Old.Length)
            {
                Old.Span.Slice(from, Math.Min(count, Old.Length - from)).CopyTo(bytes);
            }

            return bytes;
        }
    }
}
