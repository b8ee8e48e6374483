using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running.Streams;

/// <summary>Feeds a command its standard input as fast as it reads. A command that never reads, or stops reading, is fine.</summary>
internal sealed class InputPipe : EventQueue.IWhenReady
{
    private const int WritesPerRound = 4; // So that one hungry job does not hold up the others.

    private readonly EventQueue _events;
    private readonly int _fd;
    private ReadOnlyMemory<byte> _left;
    private bool _watched;
    private bool _closed;

    public InputPipe(EventQueue events, int fd, ReadOnlyMemory<byte> input)
    {
        (_events, _fd, _left) = (events, fd, input);

        // Most inputs fit into the pipe at once.
        OnReady();
        if (!_closed)
        {
            events.Add(fd, EventQueue.Writable, this);
            _watched = true;
        }
    }

    /// <inheritdoc/>
    public unsafe void OnReady()
    {
        for (var round = 0; round < WritesPerRound && !_left.IsEmpty; round++)
        {
            nint count;
            fixed (byte* start = _left.Span)
            {
                count = Native.Write(_fd, start, _left.Length);
            }

            if (count < 0)
            {
                if (Errno.Last is not (Errno.Again or Errno.Interrupted))
                {
                    Close(); // EPIPE: nobody reads any more.
                }

                return;
            }

            _left = _left[(int)count..];
        }

        if (_left.IsEmpty)
        {
            Close();
        }
    }

    /// <summary>Gives no more.</summary>
    public void Close()
    {
        if (!_closed)
        {
            _closed = true;
            _left = default;
            if (_watched)
            {
                _events.Remove(_fd);
            }

            Native.Close(_fd);
        }
    }
}
