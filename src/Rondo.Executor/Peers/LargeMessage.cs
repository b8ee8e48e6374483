namespace Rondo.Executor.Peers;

/// <summary>A message that carries contents or outputs, as it is written to its peer.</summary>
/// <param name="bytes">Its bytes, as far as they are in memory.</param>
/// <param name="rest">What follows them; null when that is all.</param>
internal sealed class LargeMessage(ReadOnlyMemory<byte> bytes, LargePartReader? rest = null)
{
    /// <summary>How many bytes it has.</summary>
    public long Length => (long)bytes.Length + (rest?.Length ?? 0);

    /// <summary>The message as a whole; only of one that is all in memory.</summary>
    public ReadOnlyMemory<byte> Whole =>
        rest is null ? bytes : throw new InvalidOperationException("A part of the message is not in memory.");

    /// <summary>Reads from an offset on, as much as is asked for.</summary>
    /// <returns>False when it is gone: it need not be sent any more.</returns>
    public bool TryRead(int at, Span<byte> into)
    {
        if (at < bytes.Length)
        {
            var part = bytes.Span[at..Math.Min(bytes.Length, at + into.Length)];
            part.CopyTo(into);
            into = into[part.Length..];
            at = bytes.Length;
        }

        return into.IsEmpty || rest!.TryRead(at - bytes.Length, into);
    }

    /// <summary>It takes long until more is read.</summary>
    public void Pause() => rest?.Close();
}
