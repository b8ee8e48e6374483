using System.Buffers;
using System.IO.Pipelines;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Reads lines of bounded length from a pipe; those that lie in one piece are not copied.</summary>
/// <param name="share">What lines that are longer than a block count in; null for no bound beside that of their length.</param>
internal sealed class LineReader(PipeReader pipe, int lineMaxBytes, ByteBudget.Share? share = null)
{
    /// <summary>How much to read at a time: a long line in small pieces is a long list to walk along at every read.</summary>
    public const int BlockBytes = 16 * 1024;

    /// <summary>A line of more bytes is long: the rest of a block and the next one are none yet.</summary>
    public const int LongBytes = 2 * BlockBytes;

    // What is longer does not wait for its end in the pipe, whose blocks would still be there once they are joined.
    private const int PipeMaxBytes = 1 << 20;

    private ReadOnlySequence<byte> _unread;
    private long _counted;
    private bool _reading;
    private bool _completed;

    /// <summary>The next line.</summary>
    /// <returns>
    /// The line without its end, valid until the next call unless it is <see cref="Line.IsKept"/>; <see cref="Line.IsTooLong"/> for one beyond the bound, and
    /// <see cref="Line.IsTurnedAway"/> for one that there is no room for now, which are skipped; null at the end.
    /// </returns>
    public ValueTask<Line?> ReadAsync(CancellationToken cancellationToken) =>
        _reading && _unread.PositionOf((byte)'\n') is { } end ? new ValueTask<Line?>(Cut(null, end)) : ReadMoreAsync(cancellationToken);

    private async ValueTask<Line?> ReadMoreAsync(CancellationToken cancellationToken)
    {
        using var begun = new GatheredBytes();
        var skipping = false;
        var full = false;
        while (!_completed)
        {
            // What has no end of line is not looked at again: a long line comes in thousands of pieces.
            var searched = _reading ? Advance(begun, skipping |= full || begun.Length + _unread.Length > lineMaxBytes) : 0;
            var result = await pipe.ReadAsync(cancellationToken);
            (_reading, _unread, _completed) = (true, result.Buffer, result.IsCompleted);

            var length = begun.Length + _unread.Length;
            full |= !TryCount(length > LongBytes ? length : 0);
            if (_unread.Slice(searched).PositionOf((byte)'\n') is { } end)
            {
                return Cut(begun, end, skipping, full);
            }
        }

        if (!_reading || (_unread.IsEmpty && begun.Length == 0 && !skipping))
        {
            return null;
        }

        return Cut(begun, _unread.End, skipping, full);
    }

    /// <summary>Lets the pipe read on behind the beginning of a line.</summary>
    /// <returns>How many bytes of it stay in the pipe.</returns>
    private long Advance(GatheredBytes begun, bool skipping)
    {
        if (skipping)
        {
            begun.Dispose();
        }
        else if (_unread.Length > PipeMaxBytes)
        {
            begun.Add(_unread);
        }
        else
        {
            pipe.AdvanceTo(_unread.Start, _unread.End);
            return _unread.Length;
        }

        pipe.AdvanceTo(_unread.End);
        return 0;
    }

    private bool TryCount(long bytes)
    {
        if (share is null)
        {
            return true;
        }

        if (bytes < _counted)
        {
            share.Give(_counted - bytes);
        }
        else if (!share.TryTake(bytes - _counted))
        {
            return false;
        }

        _counted = bytes;
        return true;
    }

    /// <param name="begun">What of the line is not in the pipe any more.</param>
    private Line Cut(GatheredBytes? begun, SequencePosition end, bool skipping = false, bool full = false)
    {
        var line = _unread.Slice(0, end);
        _unread = _unread.Slice(end);
        _unread = _unread.IsEmpty ? _unread : _unread.Slice(1);
        if (full)
        {
            return new Line(default, false, IsTurnedAway: true);
        }

        var length = line.Length + (begun?.Length ?? 0);
        return skipping || length > lineMaxBytes ? new Line(default, true)
            : line.IsSingleSegment && length == line.Length ? new Line(line.First, false)
            : Join(begun, line);
    }

    /// <summary>A long line becomes one piece of memory, and the pieces that it came in go at once.</summary>
    private Line Join(GatheredBytes? begun, ReadOnlySequence<byte> rest)
    {
        var joined = begun?.Join(rest) ?? rest.ToArray();
        pipe.AdvanceTo(_unread.Start);
        _reading = pipe.TryRead(out var next);
        _unread = next.Buffer;
        var counted = _counted;
        _counted = 0;
        return new Line(joined, false) { Kept = joined, Counted = counted };
    }
}

/// <summary>A line of bytes, or the mark of one that was too long, or came when there was no room.</summary>
internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, bool IsTooLong, bool IsTurnedAway = false)
{
    /// <summary>Its bytes in memory that nobody else has; none for a line that is gone with the next one.</summary>
    public Memory<byte> Kept { get; init; }

    /// <summary>True when its bytes stay where they are.</summary>
    public bool IsKept => !Kept.IsEmpty;

    /// <summary>How many bytes it counts in the reader's share, which whoever takes the line gives back.</summary>
    public long Counted { get; init; }

    /// <summary>True when there is nothing but white space.</summary>
    public bool IsBlank => !IsTooLong && !IsTurnedAway && Bytes.Span.Trim(" \t\r"u8).IsEmpty;
}
