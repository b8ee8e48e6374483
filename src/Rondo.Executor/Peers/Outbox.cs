using Rondo.Core;

namespace Rondo.Executor.Peers;

/// <summary>
/// The messages that wait to be written to one peer: short ones, the token among them, before those that carry contents and outputs.
/// Bounded; what does not fit is dropped, since every message that matters is sent again. A large one that is sent again while it still waits, or
/// is being written, goes out once.
/// </summary>
internal sealed class Outbox
{
    /// <summary>The most short messages.</summary>
    public const int MaxShort = 1_024;

    /// <summary>The most messages with contents or outputs.</summary>
    public const int MaxBulk = 256;

    /// <summary>The most bytes of contents and outputs. A larger one alone is still taken.</summary>
    public const long MaxBulkBytes = 128L << 20;

    private readonly Lock _gate = new();
    private readonly Queue<Message> _short = new();
    private readonly Queue<(Message Message, long Size)> _bulk = new();
    private readonly HashSet<Piece> _underWay = [];
    private Message? _taken;
    private long _bulkBytes;

    /// <summary>Puts in a message.</summary>
    /// <returns>False when it was dropped because there is no room.</returns>
    public bool Add(Message message)
    {
        var size = SizeOf(message);
        lock (_gate)
        {
            if (size < 0)
            {
                if (_short.Count >= MaxShort)
                {
                    return false;
                }

                _short.Enqueue(message);
                return true;
            }

            if (IsLarge(size) && Pieces(message).All(_underWay.Contains))
            {
                return true;
            }

            if (_bulk.Count >= MaxBulk || (_bulkBytes > 0 && _bulkBytes + size > MaxBulkBytes))
            {
                return false;
            }

            _bulk.Enqueue((message, size));
            _bulkBytes += size;
            if (IsLarge(size))
            {
                _underWay.UnionWith(Pieces(message));
            }

            return true;
        }
    }

    /// <summary>Takes out the next short message.</summary>
    public Message? TakeShort()
    {
        lock (_gate)
        {
            return _short.TryDequeue(out var message) ? message : null;
        }
    }

    /// <summary>Takes out the next message with contents or outputs; the one before is written.</summary>
    public Message? TakeBulk()
    {
        lock (_gate)
        {
            if (_taken is not null)
            {
                _underWay.ExceptWith(Pieces(_taken));
                _taken = null;
            }

            if (!_bulk.TryDequeue(out var next))
            {
                return null;
            }

            _bulkBytes -= next.Size;
            _taken = IsLarge(next.Size) ? next.Message : null;
            return next.Message;
        }
    }

    /// <summary>Forgets everything that waits.</summary>
    public void Clear()
    {
        lock (_gate)
        {
            _short.Clear();
            _bulk.Clear();
            _bulkBytes = 0;
            _underWay.Clear();
            if (_taken is not null)
            {
                _underWay.UnionWith(Pieces(_taken));
            }
        }
    }

    // Of small ones another copy costs less than to look for it.
    private static bool IsLarge(long size) => size > LargeParts.InMemoryMaxBytes;

    private static IEnumerable<Piece> Pieces(Message message) =>
        message switch
        {
            Message.Offer offer => offer.Jobs.Select(job => new Piece(job.Id, job.Transfer, offer.To, IsResult: false)),
            Message.Result result => result.Jobs.Select(job => new Piece(job.Id, job.Transfer, null, IsResult: true)),
            _ => [],
        };

    /// <summary>How many bytes of contents and outputs a message is about; -1 for a short one.</summary>
    public static long SizeOf(Message message) =>
        message switch
        {
            Message.Offer offer => offer.Jobs.Sum(job => job.Content.Size),
            Message.Result result => result.Jobs.Sum(job => job.Outcome.Output.Size),
            _ => -1,
        };

    /// <summary>What of a job is under way. An offer is for one start of the peer.</summary>
    private readonly record struct Piece(JobId Id, TransferNumber Transfer, Incarnation? To, bool IsResult);
}
