using System.Buffers;
using System.IO.Pipelines;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Reads lines of bounded length from a pipe.</summary>
internal sealed class LineReader(PipeReader pipe, int lineMaxBytes)
{
    /// <summary>How much to read at a time: a long line in small pieces is a long list to walk along at every read.</summary>
    public const int BlockBytes = 16 * 1024;

    /// <summary>The next line.</summary>
    /// <returns>The line without its end; <see cref="Line.IsTooLong"/> for one beyond the bound, which is skipped; null at the end.</returns>
    public async ValueTask<Line?> ReadAsync(CancellationToken cancellationToken)
    {
        var skipping = false;
        var searched = 0L; // What has no end of line is not looked at again: a long line comes in thousands of pieces.
        while (true)
        {
            var result = await pipe.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            var end = buffer.Slice(searched).PositionOf((byte)'\n');
            if (end is not null || result.IsCompleted)
            {
                if (end is null && buffer.IsEmpty && !skipping)
                {
                    return null;
                }

                var line = end is { } at ? buffer.Slice(0, at) : buffer;
                var read = skipping || line.Length > lineMaxBytes ? new Line(default, true) : new Line(line.ToArray(), false);
                pipe.AdvanceTo(end is { } newline ? buffer.GetPosition(1, newline) : buffer.End);
                return read;
            }

            skipping |= buffer.Length > lineMaxBytes;
            searched = skipping ? 0 : buffer.Length;
            pipe.AdvanceTo(skipping ? buffer.End : buffer.Start, buffer.End);
        }
    }
}

/// <summary>A line of bytes, or the mark of one that was too long.</summary>
internal readonly record struct Line(ReadOnlyMemory<byte> Bytes, bool IsTooLong)
{
    /// <summary>True when there is nothing but white space.</summary>
    public bool IsBlank => !IsTooLong && Bytes.Span.Trim(" \t\r"u8).IsEmpty;
}
