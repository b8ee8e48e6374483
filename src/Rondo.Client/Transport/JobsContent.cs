using System.Net;
using System.Net.Http.Headers;

namespace Rondo.Client;

/// <summary>The body of a request that hands in jobs, written as it is sent: nothing of it is put together before.</summary>
internal sealed class JobsContent : HttpContent
{
    private const int BufferBytes = 64 * 1024;

    private readonly IReadOnlyList<(JobText Job, string? Key)> _jobs;
    private readonly bool _isBatch;

    private JobsContent(IReadOnlyList<(JobText Job, string? Key)> jobs, bool isBatch)
    {
        (_jobs, _isBatch) = (jobs, isBatch);
        Headers.ContentType = new MediaTypeHeaderValue(isBatch ? "application/x-ndjson" : "application/json");
    }

    /// <summary>One job.</summary>
    /// <param name="key">The idempotency key that it is sent with in addition; null for none.</param>
    /// <exception cref="RondoException">The job's input cannot be read.</exception>
    public static JobsContent Of(JobText job, string? key)
    {
        job.Begin();
        return new JobsContent([(job, key)], isBatch: false);
    }

    /// <summary>Jobs of a batch, a line each.</summary>
    public static JobsContent OfBatch(IReadOnlyList<(JobText Job, string? Key)> jobs) => new(jobs, isBatch: true);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // What is small goes out together. The stream is not this one's to close.
        var together = new BufferedStream(stream, BufferBytes);
        foreach (var (job, key) in _jobs)
        {
            await job.WriteAsync(together, key, cancellationToken);
            if (_isBatch)
            {
                together.WriteByte((byte)'\n');
            }
        }

        await together.FlushAsync(cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        foreach (var (job, key) in _jobs)
        {
            if (job.Bytes(key) is not { } bytes)
            {
                return false;
            }

            length += bytes + (_isBatch ? 1 : 0);
        }

        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var (job, _) in _jobs)
            {
                job.Abandon();
            }
        }

        base.Dispose(disposing);
    }
}
