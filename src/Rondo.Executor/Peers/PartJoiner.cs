using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>Puts the slices of a large message together again. One for each stream.</summary>
internal sealed class PartJoiner
{
    private MemoryStream? _joined;

    /// <summary>Takes the next slice.</summary>
    /// <returns>The whole message with its last slice, else null.</returns>
    /// <exception cref="InvalidDataException">The message is larger than any that is sent.</exception>
    public byte[]? Add(Part part)
    {
        _joined ??= new MemoryStream();
        if (_joined.Length + part.Bytes.Length > FrameCutter.MessageMaxBytes)
        {
            throw new InvalidDataException($"a message of more than {FrameCutter.MessageMaxBytes} bytes");
        }

        _joined.Write(part.Bytes.Span);
        if (!part.Last)
        {
            return null;
        }

        var whole = _joined.ToArray();
        _joined = null;
        return whole;
    }
}
