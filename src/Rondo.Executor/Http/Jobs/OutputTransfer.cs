using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Rondo.Storage;

namespace Rondo.Executor.Http.Jobs;

/// <summary>
/// Sends a large output in pieces, so that any number of clients can read it at their own speed. While a client makes a break nothing is
/// held open for it: the store could not let go of what was written since.
/// </summary>
internal static class OutputTransfer
{
    private const int PieceBytes = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestOpen = TimeSpan.FromSeconds(2);

    /// <summary>Sends standard output, or with <paramref name="errors"/> standard error, from an offset on.</summary>
    public static async Task SendAsync(
        this HttpResponse response,
        LargeOutput output,
        bool errors,
        int offset,
        CancellationToken cancellationToken
    )
    {
        var piece = new byte[PieceBytes];
        var reader = output.Open(errors);
        try
        {
            var opened = Stopwatch.GetTimestamp();
            while (reader.Read(offset, piece) is > 0 and var read)
            {
                offset += read;
                var written = response.Body.WriteAsync(piece.AsMemory(0, read), cancellationToken).AsTask();
                var isSlow = !written.IsCompleted && await Task.WhenAny(written, Task.Delay(Patience, cancellationToken)) != written;
                if (!isSlow)
                {
                    await written;
                }

                if (isSlow || Stopwatch.GetElapsedTime(opened) > LongestOpen)
                {
                    reader.Dispose();
                    await written;
                    reader = output.Open(errors);
                    opened = Stopwatch.GetTimestamp();
                }
            }
        }
        finally
        {
            reader.Dispose();
        }
    }
}
