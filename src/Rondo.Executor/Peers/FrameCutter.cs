using Google.Protobuf;
using Rondo.Core;
using Rondo.Executor.Peers.V1;
using Rondo.Wire;

namespace Rondo.Executor.Peers;

/// <summary>
/// Cuts what waits in an <see cref="Outbox"/> into frames of bounded size. A large message goes out in slices with the short messages
/// between them, so that the token never waits for megabytes of somebody's output.
/// </summary>
/// <param name="open">
/// Puts into a message what is left out of it while it waits; null when nothing of it is left. Of a large one it may block.
/// </param>
/// <param name="wake">Told when there may be a frame where there was none.</param>
internal sealed class FrameCutter(Outbox outbox, Func<Message, LargeMessage?> open, Action wake)
{
    /// <summary>The size in bytes from which a frame takes nothing more.</summary>
    public const int FrameBytes = 128 * 1024;

    /// <summary>No frame is larger: it takes one more message after it is almost full, and that message is no larger than a slice.</summary>
    public const int FrameMaxBytes = 4 * FrameBytes;

    /// <summary>A larger message is dropped by the sender: no job is that large, nor are its two outputs together.</summary>
    public const int MessageMaxBytes = 576 << 20;

    private LargeMessage? _large;
    private Task<LargeMessage?>? _opening;
    private byte[]? _slice;
    private int _sent;

    /// <summary>True while what comes next is being opened.</summary>
    public bool IsOpening => _opening is not null;

    /// <summary>The next frame; null when nothing waits, or is ready. A slice in it is valid until the next frame is asked for.</summary>
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

        TakeOpened();
        while (room > 0 && frame.Part is null && (_large is not null || TryTakeBulk(frame, ref room)))
        {
            frame.Part = _large is { } large ? NextPart(large) : null;
        }

        return frame.Part is null && frame.Messages.Count == 0 ? null : frame;
    }

    /// <summary>A message that is half sent begins again: its first slices went out on a stream that is not used any more.</summary>
    public void Rewind()
    {
        _sent = 0;

        // A write that was broken off may still read it.
        _slice = null;
    }

    /// <summary>It takes long until the next frame is asked for.</summary>
    public void Pause() => _large?.Pause();

    /// <summary>Puts the next message into the frame, or begins one that is larger.</summary>
    /// <returns>False when there is none now.</returns>
    private bool TryTakeBulk(RingFrame frame, ref int room)
    {
        if (_opening is not null || outbox.TakeBulk() is not { } message)
        {
            return false;
        }

        if (Outbox.SizeOf(message) > Message.SoftMaxBytes)
        {
            Open(message);
        }
        else if (open(message) is { } opened)
        {
            if (opened.Length > FrameBytes)
            {
                (_large, _sent) = (opened, 0);
            }
            else
            {
                frame.Messages.Add(UnsafeByteOperations.UnsafeWrap(opened.Whole));
                room -= opened.Whole.Length;
            }
        }

        return true;
    }

    // The token does not wait until the store has it.
    private void Open(Message message)
    {
        _opening = Task.Run(() => open(message));
        _ = _opening.ContinueWith(_ => wake(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private void TakeOpened()
    {
        if (_opening is not { IsCompleted: true } opening)
        {
            return;
        }

        _opening = null;
        if (opening.GetAwaiter().GetResult() is { Length: <= MessageMaxBytes } opened)
        {
            (_large, _sent) = (opened, 0);
        }
    }

    /// <returns>Null when the message is gone and nothing of it was sent.</returns>
    private Part? NextPart(LargeMessage large)
    {
        var bytes = (_slice ??= new byte[FrameBytes]).AsMemory(0, (int)Math.Min(FrameBytes, large.Length - _sent));
        var isFirst = _sent == 0;
        if (!large.TryRead(_sent, bytes.Span))
        {
            _large = null;
            return isFirst ? null : new Part { Last = true };
        }

        _sent += bytes.Length;
        var part = new Part
        {
            Bytes = UnsafeByteOperations.UnsafeWrap(bytes),
            Last = _sent == large.Length,
            Length = isFirst ? (int)large.Length : 0,
        };
        if (part.Last)
        {
            _large = null;
        }

        return part;
    }
}
