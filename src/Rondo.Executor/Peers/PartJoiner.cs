using Rondo.Executor.Loop;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>
/// Puts the slices of a large message together again, in one piece of memory that is its length. One for each stream; what all of them have in
/// memory is bounded. A message that finds no room is dropped: it is not acknowledged, and is sent again later.
/// </summary>
internal sealed class PartJoiner(ByteBudget budget) : IDisposable
{
    private byte[]? _joined;
    private ByteBudget.Share? _share;
    private int _length;
    private int _expected;
    private bool _inside;

    /// <summary>How many messages found no room.</summary>
    public int Dropped { get; private set; }

    /// <summary>Takes the next slice.</summary>
    /// <returns>The whole message with its last slice; null before, and when it was dropped or given up by the sender.</returns>
    /// <exception cref="InvalidDataException">The message is larger than any that is sent, or than was said.</exception>
    public JoinedMessage? Add(Part part)
    {
        if (!_inside || part.Length != 0)
        {
            Begin(part.Length);
        }

        if (!Append(part.Bytes.Span))
        {
            Dropped++;
            Drop();
        }

        if (!part.Last)
        {
            return null;
        }

        _inside = false;
        if (_joined is not { } joined || _length < _expected)
        {
            Drop();
            return null;
        }

        var whole = new JoinedMessage(joined.AsMemory(0, _length), _share!);
        (_joined, _share) = (null, null);
        return whole;
    }

    /// <summary>Nothing more comes.</summary>
    public void Dispose() => Drop();

    private void Begin(int length)
    {
        Drop();
        Check(length);
        (_inside, _expected, _length) = (true, length, 0);
        _share = budget.Open();
        _joined = [];
    }

    /// <returns>False when there is no room for it.</returns>
    private bool Append(ReadOnlySpan<byte> slice)
    {
        if (_joined is null)
        {
            return true;
        }

        Check((long)_length + slice.Length);
        if (_expected > 0 && _length + slice.Length > _expected)
        {
            throw new InvalidDataException($"more than the {_expected} bytes of a message");
        }

        if (_length + slice.Length > _joined.Length && !TryGrow(_length + slice.Length))
        {
            return false;
        }

        slice.CopyTo(_joined.AsSpan(_length));
        _length += slice.Length;
        return true;
    }

    private bool TryGrow(int least)
    {
        // An earlier release does not say how long it will be.
        var size = _expected > 0 ? _expected : (int)Math.Min(FrameCutter.MessageMaxBytes, 2L * least);
        if (!_share!.TryTake(size - _joined!.Length, evenIfLarger: true))
        {
            return false;
        }

        var grown = GC.AllocateUninitializedArray<byte>(size);
        _joined.AsSpan(0, _length).CopyTo(grown);
        _joined = grown;
        return true;
    }

    private void Drop()
    {
        _share?.Dispose();
        (_joined, _share) = (null, null);
    }

    private static void Check(long bytes)
    {
        if (bytes is < 0 or > FrameCutter.MessageMaxBytes)
        {
            throw new InvalidDataException($"a message of {bytes} bytes, where {FrameCutter.MessageMaxBytes} are the most");
        }
    }
}

/// <summary>A large message that has come as a whole.</summary>
/// <param name="Bytes">Its bytes, in memory that nobody else has.</param>
/// <param name="Room">What it takes of the budget, to be given back once it counts elsewhere.</param>
internal sealed record JoinedMessage(ReadOnlyMemory<byte> Bytes, ByteBudget.Share Room);
