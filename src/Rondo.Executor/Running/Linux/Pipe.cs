namespace Rondo.Executor.Running.Linux;

/// <summary>A pipe, closed at first; both of its ends are close-on-exec. Disposing closes the ends that were not taken.</summary>
internal sealed class Pipe : IDisposable
{
    private const int None = -1;

    private int _readEnd = None;
    private int _writeEnd = None;

    /// <summary>Opens the pipe.</summary>
    /// <returns>0, or the error number.</returns>
    public unsafe int Open()
    {
        var ends = stackalloc int[2];
        if (Native.Pipe(ends, Native.CloseOnExec) != 0)
        {
            return Errno.Last;
        }

        (_readEnd, _writeEnd) = (ends[0], ends[1]);
        return 0;
    }

    public int ReadEnd => _readEnd;

    public int WriteEnd => _writeEnd;

    /// <summary>Hands the end over that data is read from, set so that reading never blocks.</summary>
    public int TakeReadEnd() => Take(ref _readEnd);

    /// <summary>Hands the end over that data is written to, set so that writing never blocks.</summary>
    public int TakeWriteEnd() => Take(ref _writeEnd);

    public void CloseReadEnd() => Close(ref _readEnd);

    public void CloseWriteEnd() => Close(ref _writeEnd);

    public void Dispose()
    {
        CloseReadEnd();
        CloseWriteEnd();
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
