using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers.V1;
using Rondo.Wire;

namespace Rondo.Executor.Peers;

/// <summary>
/// The link to one other executor: at most one stream is written to, whoever opened it; all that are open are read. It is broken when
/// none is left.
/// </summary>
internal sealed class PeerLink
{
    // A write that takes longer waits for the other side.
    private static readonly TimeSpan Prompt = TimeSpan.FromMilliseconds(500);

    // Well below the shortest time limit for an acknowledgement.
    private static readonly TimeSpan ProgressPause = TimeSpan.FromMilliseconds(50);

    private readonly ExecutorId _id;
    private readonly Introduced _self;
    private readonly Inbox _inbox;
    private readonly Func<Input, bool> _tryBring;
    private readonly ByteBudget _joining;
    private readonly RingDialer _dialer;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;
    private readonly Outbox _outbox = new();
    private readonly FrameCutter _cutter;

    // Holds at most one wake-up: whoever writes frames looks at everything when it wakes.
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly ConcurrentQueue<TaskCompletionSource> _flushes = new();
    private readonly Lock _gate = new();
    private readonly List<RingStream> _streams = [];
    private volatile RingStream? _current;
    private bool _dialling;
    private long _toldAt;

    public PeerLink(
        ExecutorId id,
        Introduced self,
        Inbox inbox,
        Func<Input, bool> tryBring,
        Func<Message, LargeMessage?> open,
        ByteBudget joining,
        RingDialer dialer,
        ILogger logger,
        CancellationToken stopping
    )
    {
        _id = id;
        _self = self;
        _inbox = inbox;
        _tryBring = tryBring;
        _dialer = dialer;
        _logger = logger;
        _stopping = stopping;
        _joining = joining;
        _cutter = new FrameCutter(_outbox, open, () => _wake.Writer.TryWrite(true));
        _ = KeepWritingAsync();
    }

    /// <summary>True while a stream is open for writing.</summary>
    public bool IsLive => _current is not null;

    /// <summary>Queues a message; opens a stream to the address when there is none. Never blocks.</summary>
    public void Post(string address, Message message)
    {
        if (!_outbox.Add(message))
        {
            PeersLog.Dropped(_logger, _id);
        }

        bool dial;
        lock (_gate)
        {
            dial = _current is null && !_dialling;
            _dialling |= dial;
        }

        if (dial)
        {
            _ = DialAsync(address);
        }
        else
        {
            _wake.Writer.TryWrite(true);
        }
    }

    /// <summary>Takes up a stream whose other end introduced itself as this peer.</summary>
    /// <exception cref="IntroductionException">A newer start of the peer is linked already, or two executors claim this id.</exception>
    public void Admit(RingStream stream)
    {
        List<RingStream> outdated;
        List<RingStream> spare;
        lock (_gate)
        {
            Check(stream.Remote);
            outdated = _streams.FindAll(other => other.Remote.Incarnation < stream.Remote.Incarnation);
            _streams.RemoveAll(outdated.Contains);
            _streams.Add(stream);
            Choose();
            spare = _streams.FindAll(other => other != _current && other.Dialled);
        }

        PeersLog.Linked(_logger, _id, stream.Remote.Incarnation, stream.Dialled ? "dialled" : "accepted");
        outdated.ForEach(other => other.Abort());
        spare.ForEach(other => _ = other.CloseAsync());
        _wake.Writer.TryWrite(true);
    }

    /// <summary>Refuses a stream that <see cref="Admit"/> would refuse.</summary>
    /// <exception cref="IntroductionException">A newer start of the peer is linked already, or two executors claim this id.</exception>
    public void Check(Introduced remote)
    {
        lock (_gate)
        {
            foreach (var other in _streams)
            {
                if (other.Remote.Incarnation > remote.Incarnation)
                {
                    throw new IntroductionException(
                        $"incarnation {remote.Incarnation} of {_id} is over: {other.Remote.Incarnation} is linked"
                    );
                }

                if (other.Remote.Incarnation == remote.Incarnation && other.Remote.Instance != remote.Instance)
                {
                    throw new IntroductionException(
                        $"two executors call themselves {_id}: one of them runs on a copy of the other's data directory; stop it and give it an empty one"
                    );
                }
            }
        }
    }

    /// <summary>Reads what comes in on an admitted stream, until it ends.</summary>
    public async Task ReadAsync(RingStream stream)
    {
        var why = "the other side closed it";
        var closed = false;
        try
        {
            await ReceiveAsync(stream);
            closed = true;
        }
        catch (Exception error) when (error is WireFormatException or InvalidDataException)
        {
            why = error.Message;
            PeersLog.Unreadable(_logger, _id, why);
        }
        catch (Exception error)
        {
            why = RingDialer.Explain(error);
        }

        bool broken;
        lock (_gate)
        {
            broken = _streams.Remove(stream) && _streams.Count == 0 && !_dialling;
            Choose();
        }

        // The opener may not need it: what was written still has to reach it before the stream ends.
        if (!closed || stream.Dialled || !await stream.TryCloseAsync(RingDialer.KeepAlive))
        {
            stream.Abort();
        }

        PeersLog.Broke(_logger, _id, why);
        if (broken)
        {
            Broken();
        }
    }

    /// <summary>Completes when all that was posted is written, or there is no stream to write to.</summary>
    public Task FlushAsync()
    {
        var flushed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _flushes.Enqueue(flushed);
        _wake.Writer.TryWrite(true);
        return flushed.Task;
    }

    /// <summary>Breaks off all streams.</summary>
    public void Abort()
    {
        _wake.Writer.TryWrite(true);
        lock (_gate)
        {
            _streams.ForEach(stream => stream.Abort());
        }
    }

    /// <summary>
    /// The newest start of the peer; of two streams to it the one that the lower id opened, so that both sides choose the same.
    /// </summary>
    private void Choose() =>
        _current = _streams
            .Where(stream => stream.IsWritable)
            .OrderByDescending(stream => stream.Remote.Incarnation)
            .ThenByDescending(stream => stream.Dialled == _self.Id < _id)
            .FirstOrDefault();

    private void Broken()
    {
        _outbox.Clear();
        if (!_stopping.IsCancellationRequested)
        {
            _inbox.Post(new Input.LinkBroken(_id));
        }
    }

    private async Task DialAsync(string address)
    {
        RingStream? stream = null;
        try
        {
            stream = await _dialer.DialAsync(address);
            if (stream.Remote.Id != _id)
            {
                throw new IntroductionException($"expected {_id} there, but it is {stream.Remote.Id}");
            }

            Admit(stream);
        }
        catch (Exception error)
        {
            stream?.Abort();
            stream = null;
            PeersLog.CannotReach(_logger, address, RingDialer.Explain(error));
        }

        bool broken;
        lock (_gate)
        {
            _dialling = false;
            broken = _streams.Count == 0;
        }

        if (broken)
        {
            Broken();
        }

        if (stream is not null)
        {
            await ReadAsync(stream);
        }
    }

    /// <summary>A fault must not end the only writer: nothing would reach the peer any more, and nobody would see why.</summary>
    private async Task KeepWritingAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await WriteFramesAsync();
            }
            catch (Exception fault)
            {
                PeersLog.WriterFailed(_logger, _id, fault);
                _wake.Writer.TryWrite(true);
            }
        }

        _cutter.Pause();
    }

    private async Task WriteFramesAsync()
    {
        RingStream? last = null;
        RingFrame? frame = null;
        await foreach (var _ in _wake.Reader.ReadAllAsync(CancellationToken.None))
        {
            while (_current is { } stream)
            {
                if (stream != last)
                {
                    _cutter.Rewind();
                    last = stream;
                }

                frame ??= _cutter.Next();
                if (frame is null)
                {
                    break;
                }

                if (await TryWriteAsync(stream, frame))
                {
                    TellOfProgress(frame);
                    frame = null;
                    continue;
                }

                _cutter.Pause();
                frame = WithoutPart(frame);
                lock (_gate)
                {
                    Choose();
                }
            }

            while (!_cutter.IsOpening && _flushes.TryDequeue(out var flushed))
            {
                flushed.SetResult();
            }

            if (_stopping.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>
    /// A slice came, or was written, which has to wait when the other side does not take what was written before: it is there, and hears this
    /// one.
    /// </summary>
    private void TellOfProgress(RingFrame frame)
    {
        if (frame.Part is not null && Stopwatch.GetElapsedTime(Volatile.Read(ref _toldAt)) >= ProgressPause)
        {
            Volatile.Write(ref _toldAt, Stopwatch.GetTimestamp());
            _inbox.Post(new Input.Transferring(_id));
        }
    }

    /// <summary>A slice goes with its stream; whole messages can go on another one.</summary>
    private static RingFrame? WithoutPart(RingFrame frame)
    {
        frame.Part = null;
        return frame.Messages.Count > 0 ? frame : null;
    }

    /// <summary>Writes the frame to a stream, which is not used any more when that fails.</summary>
    private async Task<bool> TryWriteAsync(RingStream stream, RingFrame frame)
    {
        try
        {
            var written = stream.WriteAsync(frame);
            if (frame.Part is not null && !written.IsCompleted && await Task.WhenAny(written, Task.Delay(Prompt, _stopping)) != written)
            {
                _cutter.Pause();
            }

            return await written;
        }
        catch (Exception error)
        {
            // Whether the frame arrived is not known. That it may arrive twice is in the nature of all messages.
            PeersLog.Broke(_logger, _id, RingDialer.Explain(error));
            stream.Abort();
            return false;
        }
    }

    private async Task ReceiveAsync(RingStream stream)
    {
        using var joiner = new PartJoiner(_joining);
        while (await stream.Incoming.MoveNext(_stopping))
        {
            var frame = stream.Incoming.Current;
            TellOfProgress(frame);
            var isAlone = frame.Messages.Count == 1;
            foreach (var message in frame.Messages)
            {
                await DeliverAsync(message.Memory, isAlone);
            }

            if (frame.Part is { } part)
            {
                var dropped = joiner.Dropped;
                if (joiner.Add(part) is { } joined)
                {
                    Deliver(joined);
                }
                else if (joiner.Dropped > dropped)
                {
                    PeersLog.NoRoom(_logger, _id, _joining.MaxBytes >> 20);
                }
            }
        }
    }

    /// <summary>What is said after a large message does not wait until there is room for that.</summary>
    private void Deliver(JoinedMessage joined)
    {
        Message? message = null;
        try
        {
            message = MessageCodec.DecodeInPlace(joined.Bytes);
        }
        finally
        {
            if (message is null)
            {
                joined.Room.Dispose();
            }
        }

        if (message is not null)
        {
            _ = PostAsync(new Input.Received(_id, message), joined.Room);
        }
    }

    private async Task PostAsync(Input.Received received, ByteBudget.Share room)
    {
        using (room)
        {
            try
            {
                await _inbox.PostWhenRoomAsync(received, _stopping);
            }
            catch (OperationCanceledException)
            {
                // The executor stops: it is sent again to its next start.
            }
        }
    }

    /// <summary>One that comes alone, such as the token, is stepped here if that can be; of many the loop makes one batch.</summary>
    private async ValueTask DeliverAsync(ReadOnlyMemory<byte> bytes, bool isAlone)
    {
        // A kind of message that only newer versions know is ignored.
        if (MessageCodec.Decode(bytes.Span) is not { } message)
        {
            return;
        }

        var received = new Input.Received(_id, message);
        if (!isAlone || !_tryBring(received))
        {
            await _inbox.PostWhenRoomAsync(received, _stopping);
        }
    }
}
