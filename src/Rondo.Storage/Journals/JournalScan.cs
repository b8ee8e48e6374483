using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rondo.Storage.Journals;

/// <summary>Reads the commits of the journal that the tables do not have yet.</summary>
/// <remarks>
/// A commit begins only after the one before it was synced. So a crash can leave at most one frame that is not whole, and nothing whole
/// behind it: it was never acknowledged, and is cut. A whole frame behind one that is not says that synced commits are damaged, and the
/// store is refused. Damage within the last frame alone cannot be told from a torn one.
/// </remarks>
internal sealed class JournalScan : IDisposable
{
    private readonly List<SafeFileHandle> _files = [];
    private readonly List<Found> _found = [];
    private readonly string _directory;
    private readonly ulong _mark;

    private JournalScan(string directory, ulong mark) => (_directory, _mark) = (directory, mark);

    /// <summary>Finds the commits behind <paramref name="position"/>.</summary>
    /// <param name="mark">The mark of the start that wrote them.</param>
    /// <exception cref="StoreException">One of them is missing or damaged.</exception>
    public static JournalScan Open(string directory, ulong mark, ulong position)
    {
        var scan = new JournalScan(directory, mark);
        try
        {
            scan.FindAll(position);
            scan.RefuseGaps(position);
            return scan;
        }
        catch
        {
            scan.Dispose();
            throw;
        }
    }

    /// <summary>The records of each commit, in order, in memory that nobody else has.</summary>
    public IEnumerable<(ulong Sequence, ReadOnlyMemory<byte> Records)> Read()
    {
        foreach (var frame in _found)
        {
            var whole = GC.AllocateUninitializedArray<byte>(frame.Bytes).AsMemory();
            ReadExactly(_files[frame.File], whole.Span, frame.At);
            if (Frame.Read(whole.Span, _mark, out _, out var records) != frame.Bytes)
            {
                throw Damaged($"commit {frame.Sequence} reads differently each time");
            }

            yield return (frame.Sequence, whole.Slice(Frame.HeaderBytes, records.Length));
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Dispose();
        }
    }

    private void FindAll(ulong position)
    {
        foreach (var path in Directory.GetFiles(_directory, "journal.*"))
        {
            var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read);
            _files.Add(file);
            FindIn(file, position);
        }

        if (_files.Count == 0)
        {
            throw Damaged("it is missing, and the store was in use when its executor ended");
        }

        _found.Sort((one, other) => one.Sequence.CompareTo(other.Sequence));
    }

    private unsafe void FindIn(SafeFileHandle file, ulong position)
    {
        var length = checked((int)RandomAccess.GetLength(file));
        var memory = NativeMemory.Alloc((nuint)Math.Max(length, 1));
        try
        {
            var bytes = new Span<byte>(memory, length);
            ReadExactly(file, bytes, 0);
            for (var at = 0; at + Frame.HeaderBytes <= length; )
            {
                var frame = Frame.Read(bytes[at..], _mark, out var sequence, out _);
                if (frame > 0 && sequence > position)
                {
                    _found.Add(new Found(sequence, _files.Count - 1, at, frame));
                }

                at += frame > 0 ? frame : Frame.Alignment;
            }
        }
        finally
        {
            NativeMemory.Free(memory);
        }
    }

    private void RefuseGaps(ulong position)
    {
        for (var i = 0; i < _found.Count; i++)
        {
            var expected = position + (ulong)i + 1;
            if (_found[i].Sequence != expected)
            {
                throw Damaged($"commit {expected} is not there as it was written, and commit {_found[i].Sequence} was made after it");
            }
        }
    }

    private void ReadExactly(SafeFileHandle file, Span<byte> bytes, long at)
    {
        try
        {
            for (var read = 0; read < bytes.Length; )
            {
                var part = RandomAccess.Read(file, bytes[read..], at + read);
                if (part == 0)
                {
                    throw Damaged("a file of it became shorter");
                }

                read += part;
            }
        }
        catch (IOException refused)
        {
            throw new StoreException(
                StoreFailure.Failed,
                $"the journal in {_directory} cannot be read ({refused.Message}). Check the disk",
                refused
            );
        }
    }

    private StoreException Damaged(string detail) => StoreException.Damaged(Path.Combine(_directory, "journal.*"), "the journal", detail);

    private readonly record struct Found(ulong Sequence, int File, long At, int Bytes);
}
