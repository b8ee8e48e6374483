using Google.Protobuf;
using Rondo.Core;
using Rondo.Executor.Peers.V1;
using Rondo.Wire;

namespace Rondo.Executor.Peers;

/// <summary>
/// Cuts what waits in an <see cref="Outbox"/> into frames of bounded size. A large message goes out in slices with the short messages
/// between them, so that the token never waits for megabytes of somebody's output.
/// </summary>
/// <param name="complete">Puts into a message what is left out of it while it waits; null when nothing of it is left.</param>
internal sealed class FrameCutter(Outbox outbox, Func<Message, Message?> complete)
{
    /// <summary>The size in bytes from which a frame takes nothing more.</summary>
    public const int FrameBytes = 128 * 1024;

    /// <summary>No frame is larger: it takes one more message after it is almost full, and that message is no larger than a slice.</summary>
    public const int FrameMaxBytes = 4 * FrameBytes;

    /// <summary>A larger message is dropped by the sender: no job is that large.</summary>
    public const int MessageMaxBytes = 160 << 20;

    private ReadOnlyMemory<byte> _large;
    private int _sent;

    /// <summary>The next frame; null when nothing waits.</summary>
    public RingFrame? Next()
    {
        var frame = new RingFrame();
        var room = FrameBytes;
        while (room > 0 && outbox.TakeShort() is { } message)
        {
            var bytes = MessageCodec.Encode(message);
            frame.Messages.Add(UnsafeByteOperations.UnsafeWrap(bytes));
            room -= bytes.Length;
        }

        while (room > 0 && _large.IsEmpty && outbox.TakeBulk() is { } message)
        {
            if (complete(message) is not { } whole)
            {
                continue;
            }

            ReadOnlyMemory<byte> bytes = MessageCodec.Encode(whole);
            if (bytes.Length > FrameBytes)
            {
                (_large, _sent) = bytes.Length <= MessageMaxBytes ? (bytes, 0) : default;
                break;
            }

            frame.Messages.Add(UnsafeByteOperations.UnsafeWrap(bytes));
            room -= bytes.Length;
        }

        if (room > 0 && !_large.IsEmpty)
        {
            frame.Part = NextPart();
        }

        return frame.Part is null && frame.Messages.Count == 0 ? null : frame;
    }

    /// <summary>A message that is half sent begins again: its first slices went out on a stream that is not used any more.</summary>
    public void Rewind() => _sent = 0;

    private Part NextPart()
    {
        var slice = _large.Slice(_sent, Math.Min(FrameBytes, _large.Length - _sent));
        _sent += slice.Length;
        var last = _sent == _large.Length;
        if (last)
        {
            _large = default;
        }

        return new Part { Bytes = UnsafeByteOperations.UnsafeWrap(slice), Last = last };
    }
}
