namespace Rondo.Executor.Running.Linux;

/// <summary>The two ends of a pipe, both close-on-exec. Disposing closes the ends that were not taken.</summary>
internal struct Pipe : IDisposable
{
    private const int None = -1;

    private int _readEnd;
    private int _writeEnd;

    /// <summary>Opens a pipe; its error number when it cannot be had.</summary>
    public static unsafe int Open(out Pipe pipe)
    {
        var ends = stackalloc int[2];
        var error = Native.Pipe(ends, Native.CloseOnExec) == 0 ? 0 : Errno.Last;
        pipe = error == 0 ? new Pipe { _readEnd = ends[0], _writeEnd = ends[1] } : Closed;
        return error;
    }

    /// <summary>No pipe.</summary>
    public static Pipe Closed => new() { _readEnd = None, _writeEnd = None };

    public readonly int ReadEnd => _readEnd;

    public readonly int WriteEnd => _writeEnd;

    /// <summary>Hands the end over that data is read from, set so that reading never blocks.</summary>
    public int TakeReadEnd() => Take(ref _readEnd);

    /// <summary>Hands the end over that data is written to, set so that writing never blocks.</summary>
    public int TakeWriteEnd() => Take(ref _writeEnd);

    public void Dispose()
    {
        Close(ref _readEnd);
        Close(ref _writeEnd);
    }

    private static int Take(ref int end)
    {
        var taken = end;
        end = None;
        // The flag belongs to this end alone: the child's end stays an ordinary blocking one.
        Errno.Check(Native.Control(taken, Native.SetFlags, Native.NonBlocking), "fcntl");
        return taken;
    }

    private static void Close(ref int end)
    {
        if (end != None)
        {
            Native.Close(end);
            end = None;
        }
    }
}
