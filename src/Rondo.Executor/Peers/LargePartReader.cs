using System.Diagnostics;
using Rondo.Storage;

namespace Rondo.Executor.Peers;

/// <summary>
/// Reads a large content or output out of the store while it is written to a peer. Nothing of the store is held open for long: it could not let go
/// of what was written since.
/// </summary>
/// <param name="again">Looks for it anew; null when the store does not have it any more.</param>
/// <param name="fail">Ends the process: what was promised to another executor cannot be read, and asking again would not help.</param>
internal sealed class LargePartReader(StoredPart part, Func<StoredPart?> again, Action<Exception> fail)
{
    private static readonly TimeSpan LongestOpen = TimeSpan.FromSeconds(2);

    private PieceReader? _reader;
    private long _openedAt;

    /// <summary>How many bytes it has.</summary>
    public int Length => part.Bytes;

    /// <summary>Reads from an offset on, as much as is asked for.</summary>
    /// <returns>False when the store does not have it any more, or closes.</returns>
    public bool TryRead(int at, Span<byte> into)
    {
        try
        {
            if (_reader is null)
            {
                _reader = part.Open();
                _openedAt = Stopwatch.GetTimestamp();
            }

            _reader.Read(at, into);
            if (at + into.Length == Length || Stopwatch.GetElapsedTime(_openedAt) > LongestOpen)
            {
                Close();
            }

            return true;
        }
        catch (StoreException)
        {
            Close();
            FailIfDamaged();
            return false;
        }
        catch (ObjectDisposedException)
        {
            // The executor stops: whoever waits for this hears of it from the next start.
            Close();
            return false;
        }
    }

    /// <summary>Holds nothing open until the next read.</summary>
    public void Close()
    {
        _reader?.Dispose();
        _reader = null;
    }

    // A job that was forgotten meanwhile is no failure. Of one that is there all is read and checked.
    private void FailIfDamaged()
    {
        try
        {
            again();
        }
        catch (StoreException damaged)
        {
            fail(damaged);
        }
        catch (ObjectDisposedException)
        {
            // The executor stops.
        }
    }
}
