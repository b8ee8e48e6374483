using System.Net;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Jobs in a request to another executor, written as they are sent: nothing of it is put together before, and it can be sent again.</summary>
/// <param name="end">What stands behind each.</param>
internal sealed class JobsContent(IReadOnlyList<JobJson> jobs, ReadOnlyMemory<byte> end = default) : HttpContent
{
    private const int BufferBytes = 64 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // What is small goes out together. The stream is not this one's to close.
        var together = new BufferedStream(stream, BufferBytes);
        foreach (var job in jobs)
        {
            await job.WriteAsync(together, cancellationToken);
            await together.WriteAsync(end, cancellationToken);
        }

        await together.FlushAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        foreach (var job in jobs)
        {
            if (job.Length is not { } bytes)
            {
                return false;
            }

            length += bytes + end.Length;
        }

        return true;
    }
}
