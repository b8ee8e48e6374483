using System.Buffers.Text;
using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running.Orphans;

/// <summary>
/// The process groups of the jobs that run, as lines of text in memory that the watcher shares. To write one takes no call to the
/// system, and wakes nobody up; what is written outlives this process for as long as the watcher has the descriptor.
/// </summary>
internal sealed unsafe class GroupList
{
    private const int LineBytes = sizeof(long); // Seven digits, enough for any process of Linux, and the end of the line. Written at once.
    private const int GrowBytes = 4096;
    private const int MaxBytes = (1 << 22) * LineBytes; // There are no more processes than that.

    private readonly byte* _memory;
    private readonly Stack<int> _free = new();
    private readonly Dictionary<int, int> _lines = [];
    private int _length;

    public GroupList()
    {
        Descriptor = Errno.Check(Native.MemoryFile("rondo-groups", Native.MemoryFileCloseOnExec), "memfd_create");
        _memory = (byte*)Native.Map(0, MaxBytes, Native.MapReadWrite, Native.MapShared, Descriptor, 0);
        Errno.Check((nint)_memory == -1 ? -1 : 0, "mmap");
    }

    /// <summary>To be read from its start. Empty lines mean nothing.</summary>
    public int Descriptor { get; }

    public void Add(int group)
    {
        if (_free.Count == 0)
        {
            Grow();
        }

        var line = _free.Pop();
        _lines.Add(group, line);
        Span<byte> text = stackalloc byte[LineBytes];
        text.Fill((byte)' ');
        Utf8Formatter.TryFormat(group, text, out _);
        Write(line, text);
    }

    public void Remove(int group)
    {
        if (_lines.Remove(group, out var line))
        {
            Write(line, "        "u8);
            _free.Push(line);
        }
    }

    public void Close()
    {
        Native.Unmap((nint)_memory, MaxBytes);
        Native.Close(Descriptor);
    }

    private void Grow()
    {
        Errno.Check(Native.SetLength(Descriptor, _length + GrowBytes), "ftruncate");
        for (; _length % GrowBytes != 0 || _free.Count == 0; _length += LineBytes)
        {
            Write(_length, "        "u8);
            _free.Push(_length);
        }
    }

    private void Write(int line, ReadOnlySpan<byte> text)
    {
        Span<byte> whole = stackalloc byte[LineBytes];
        text.CopyTo(whole);
        whole[^1] = (byte)'\n';
        Volatile.Write(ref *(long*)(_memory + line), BitConverter.ToInt64(whole));
    }
}
