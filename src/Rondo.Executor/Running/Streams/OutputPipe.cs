using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running.Streams;

/// <summary>Reads one output stream of a command to its end, always: a command must never wait for us to read.</summary>
internal sealed class OutputPipe : EventQueue.IWhenReady
{
    private const int ReadBytes = 64 * 1024;
    private const int ReadsPerRound = 4; // So that one loud job does not hold up the others.

    // Shared by all pipes of a thread; each runner has one thread.
    [ThreadStatic]
    private static byte[]? s_buffer;

    private readonly EventQueue _events;
    private readonly int _fd;
    private readonly CapturedOutput _captured;
    private readonly Action _onEnd;

    public OutputPipe(EventQueue events, int fd, CapturedOutput captured, Action onEnd)
    {
        (_events, _fd, _captured, _onEnd) = (events, fd, captured, onEnd);
        events.Add(fd, EventQueue.Readable, this);
    }

    /// <summary>True when nothing more will be read.</summary>
    public bool HasEnded { get; private set; }

    /// <inheritdoc/>
    public unsafe void OnReady()
    {
        var buffer = s_buffer ??= new byte[ReadBytes];
        fixed (byte* start = buffer)
        {
            for (var round = 0; round < ReadsPerRound; round++)
            {
                var count = (int)Native.Read(_fd, start, buffer.Length);
                if (count > 0)
                {
                    _captured.Append(buffer.AsSpan(0, count));
                }
                else if (count < 0 && Errno.Last is Errno.Again or Errno.Interrupted)
                {
                    return;
                }
                else
                {
                    Close();
                    _onEnd();
                    return;
                }
            }
        }
    }

    /// <summary>Takes what is in the pipe now, and reads no more, whoever still may write.</summary>
    public void ReadRestAndClose()
    {
        if (!HasEnded)
        {
            OnReady();
            Close();
        }
    }

    private void Close()
    {
        if (!HasEnded)
        {
            HasEnded = true;
            _events.Remove(_fd);
            Native.Close(_fd);
            _captured.End();
        }
    }
}
