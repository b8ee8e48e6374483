using Microsoft.Win32.SafeHandles;
using Rondo.Storage.Files;

namespace Rondo.Storage.Journals;

/// <summary>
/// One file of the journal. All of it was written once, with zeros, before it is used: a commit then changes neither its length nor what the
/// file system knows of it, and its sync takes half the time (<c>docs/performance.md</c>).
/// </summary>
internal sealed class Segment : IDisposable
{
    private static readonly byte[] _zeros = new byte[1 << 20];

    private readonly SafeFileHandle _file;
    private readonly string _path;
    private long _used;

    private Segment(SafeFileHandle file, string path, long bytes) => (_file, _path, Bytes) = (file, path, bytes);

    /// <summary>How much it can hold.</summary>
    public long Bytes { get; private set; }

    /// <summary>The last commit in it.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>Opens the file, or makes it, with at least so many bytes.</summary>
    /// <exception cref="StoreException">There is no room for it, or the disk refuses.</exception>
    public static Segment Open(string path, long bytes)
    {
        Segment? segment = null;
        try
        {
            var isNew = !File.Exists(path);
            var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
            segment = new Segment(file, path, RandomAccess.GetLength(file));
            segment.Extend(bytes);
            if (isNew)
            {
                Durable.SyncDirectory(Path.GetDirectoryName(path)!);
            }

            return segment;
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            segment?.Dispose();
            throw Durable.CannotWrite(path, refused);
        }
        catch
        {
            segment?.Dispose();
            throw;
        }
    }

    /// <summary>Gives the file at least so many bytes.</summary>
    public void Extend(long bytes)
    {
        if (bytes <= Bytes)
        {
            return;
        }

        try
        {
            for (var at = Bytes; at < bytes; )
            {
                var part = (int)Math.Min(_zeros.Length, bytes - at);
                RandomAccess.Write(_file, _zeros.AsSpan(0, part), at);
                at += part;
            }

            Durable.SyncFile(_file, _path);
        }
        catch (IOException refused)
        {
            // What little room is left others need: above all the tables, at the next start.
            RandomAccess.SetLength(_file, Bytes);
            throw Durable.CannotWrite(_path, refused);
        }

        Bytes = bytes;
    }

    public bool HasRoom(int bytes) => _used + bytes <= Bytes;

    /// <summary>Whether it is used so far that the next one will be needed soon.</summary>
    public bool IsHalfFull => _used > Bytes / 2;

    /// <summary>What is in it is needed no more.</summary>
    public void Clear() => _used = 0;

    /// <summary>Seals a frame and writes it behind the last one. It is on the disk when this returns.</summary>
    /// <exception cref="StoreException">It is not known whether it is on the disk, and no further frame may be written.</exception>
    public void Append(in StagedFrame frame, ulong mark, ulong sequence)
    {
        try
        {
            Write(frame, mark, sequence);
            if (frame.Others is not null && !Frame.IsSealed(frame, mark))
            {
                // The handler that returned it changes its memory, which it must not. With a frame that is not whole the store would be refused.
                Write(frame.Copy(), mark, sequence);
            }

            Durable.SyncData(_file, _path);
        }
        catch (IOException refused)
        {
            throw Durable.CannotWrite(_path, refused);
        }

        _used += frame.Length;
        LastSequence = sequence;
    }

    public void Dispose() => _file.Dispose();

    private void Write(in StagedFrame frame, ulong mark, ulong sequence)
    {
        Frame.Seal(frame, mark, sequence);
        if (frame.Others is { } others)
        {
            RandomAccess.Write(_file, [frame.Head, .. others], _used);
        }
        else
        {
            RandomAccess.Write(_file, frame.Head.Span, _used);
        }
    }
}
