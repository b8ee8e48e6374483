using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running.Streams;

/// <summary>
/// Reads what a command says of how far it is, a line each time such as <c>40 resizing</c>. Only the newest line counts, and not more
/// often than <see cref="Pause"/>: a job that talks much costs no more than another.
/// </summary>
internal sealed class ProgressPipe : EventQueue.IWhenReady
{
    /// <summary>A longer line is cut.</summary>
    public const int LineMaxBytes = 1024;

    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private const int ReadBytes = 4096;
    private const int ReadsPerRound = 4;

    private readonly Surroundings _surroundings;
    private readonly int _fd;
    private readonly Action<ProgressLine> _said;
    private readonly byte[] _line = new byte[LineMaxBytes];
    private int _length;
    private ProgressLine? _newest;
    private Deadlines.Deadline? _pause;
    private bool _closed;

    public ProgressPipe(Surroundings surroundings, int fd, Action<ProgressLine> said)
    {
        (_surroundings, _fd, _said) = (surroundings, fd, said);
        surroundings.Events.Add(fd, EventQueue.Readable, this);
    }

    /// <inheritdoc/>
    public unsafe void OnReady()
    {
        Span<byte> buffer = stackalloc byte[ReadBytes];
        fixed (byte* start = buffer)
        {
            for (var round = 0; round < ReadsPerRound; round++)
            {
                var count = (int)Native.Read(_fd, start, buffer.Length);
                if (count > 0)
                {
                    Take(buffer[..count]);
                }
                else if (count < 0 && Errno.Last is Errno.Again or Errno.Interrupted)
                {
                    break;
                }
                else
                {
                    Tell();
                    Close();
                    return;
                }
            }
        }

        Tell();
    }

    /// <summary>Takes what is in the pipe now, and reads no more, whoever still may write. Nothing is told any more after that.</summary>
    public void ReadRestAndClose()
    {
        if (!_closed)
        {
            OnReady();
            Close();
        }

        _pause?.Cancel();
    }

    /// <summary>What was read last is told all the same, once the pause is over: the command goes on.</summary>
    private void Close()
    {
        if (!_closed)
        {
            _closed = true;
            _surroundings.Events.Remove(_fd);
            Native.Close(_fd);
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        foreach (var item in bytes)
        {
            if (item == (byte)'\n')
            {
                _newest = ProgressLine.Parse(_line.AsSpan(0, _length)) ?? _newest;
                _length = 0;
            }
            else if (_length < LineMaxBytes)
            {
                _line[_length++] = item;
            }
        }
    }

    private void Tell()
    {
        if (_newest is { } line && _pause is null)
        {
            _newest = null;
            _said(line);
            _pause = _surroundings.Deadlines.After(
                Pause,
                () =>
                {
                    _pause = null;
                    Tell();
                }
            );
        }
    }
}
