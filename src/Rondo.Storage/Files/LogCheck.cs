using System.Buffers.Binary;

namespace Rondo.Storage.Files;

/// <summary>
/// Tells a damaged write-ahead log from one that merely ends in a torn commit. SQLite takes the first frame whose checksum does not match
/// for the end of the log and drops all that follows without a word: right for a commit that a power failure tore, a silent loss when a
/// byte flipped in the midst of commits that were synced.
/// </summary>
/// <remarks>
/// Every commit is synced before the next one begins, so behind the first bad frame of a torn log there is at most that commit's own end.
/// Two ends of commits of the same log say that synced ones would be lost. A flip within the last commit alone cannot be told from a torn
/// one. The format is SQLite's (sqlite.org/fileformat2.html, section 4).
/// </remarks>
internal sealed class LogCheck
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const int ChecksumAt = 16;
    private const int PageBytes = 4096;
    private const uint Magic = 0x377F0682;

    private readonly bool _bigEndian;
    private uint _first;
    private uint _second;

    private LogCheck(bool bigEndian) => _bigEndian = bigEndian;

    /// <summary>Looks at the log beside a store's file, if there is one. To be called before SQLite opens them.</summary>
    /// <exception cref="StoreException">Commits that were synced are damaged.</exception>
    public static void RefuseDamage(string file)
    {
        var path = file + "-wal";
        if (!File.Exists(path))
        {
            return;
        }

        using var log = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1 << 20);
        var header = new byte[HeaderBytes];
        if (log.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
        {
            return;
        }

        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var pageBytes = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8));
        var check = new LogCheck(bigEndian: (magic & 1) == 1);
        var isWhole = (magic & ~1U) == Magic && pageBytes is >= 512 and <= 65536;
        if (isWhole)
        {
            check.Add(header.AsSpan(0, 24));
            isWhole = check.Matches(header.AsSpan(24));
        }

        // A header that is not whole hides its log as well; its frames are those of its first one.
        check.Read(log, path, header.AsSpan(ChecksumAt, 8).ToArray(), isWhole ? pageBytes : PageBytes, isWhole);
    }

    private void Read(FileStream log, string path, byte[] salts, int pageBytes, bool isWhole)
    {
        var frame = new byte[FrameHeaderBytes + pageBytes];
        var endsBehind = 0;
        for (long number = 0; log.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length; number++)
        {
            if (!isWhole && number == 0)
            {
                frame.AsSpan(8, 8).CopyTo(salts);
            }

            var isOfThisLog = frame.AsSpan(8, 8).SequenceEqual(salts);
            if (isWhole && isOfThisLog)
            {
                Add(frame.AsSpan(0, 8));
                Add(frame.AsSpan(FrameHeaderBytes));
                isWhole = Matches(frame.AsSpan(ChecksumAt));
            }
            else
            {
                isWhole = false;
            }

            var endsCommit = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0;
            endsBehind += !isWhole && isOfThisLog && endsCommit ? 1 : 0;
            if (endsBehind > 1)
            {
                throw StoreException.Damaged(
                    path,
                    "the write-ahead log",
                    "what follows a frame that does not match its checksum was committed too"
                );
            }
        }
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        for (var at = 0; at < bytes.Length; at += 8)
        {
            _first += Word(bytes[at..]) + _second;
            _second += Word(bytes[(at + 4)..]) + _first;
        }
    }

    private uint Word(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private bool Matches(ReadOnlySpan<byte> checksum) =>
        BinaryPrimitives.ReadUInt32BigEndian(checksum) == _first && BinaryPrimitives.ReadUInt32BigEndian(checksum[4..]) == _second;
}
