using System.Buffers;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Rondo.Client;

/// <summary>Jobs and their outcomes as lines of JSON.</summary>
/// <remarks>
/// A batch is sent whole before its answer is read: HTTP/1.1 clients do not read while they send, and an executor whose answers nobody
/// reads might stop reading as well. So a batch is bounded, and its answers mostly fit into any socket buffer; an executor keeps those of
/// jobs that name each other in memory meanwhile, and bounds their number.
/// </remarks>
internal static class JobLines
{
    private const int BatchMaxJobs = 1000;
    private const int BatchMaxBytes = 1 << 20;

    /// <summary>Jobs as they come, in batches of bounded size.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<JobText>> BatchAsync(
        IAsyncEnumerable<JobRequest> jobs,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        List<JobText> batch = [];
        var bytes = 0L;
        await foreach (var job in jobs.WithCancellation(cancellationToken))
        {
            var text = new JobText(job);
            bytes += text.Size;
            batch.Add(text);
            if (batch.Count == BatchMaxJobs || bytes >= BatchMaxBytes)
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    public static async IAsyncEnumerable<(ReadOnlyMemory<byte> Bytes, int Count)> BatchAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> jobs,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var buffer = new ArrayBufferWriter<byte>();
        var count = 0;
        var together = false;
        await foreach (var job in jobs.WithCancellation(cancellationToken))
        {
            if (!together && job.Length >= BatchMaxBytes)
            {
                // It is sent from where it is, alone.
                if (count > 0)
                {
                    yield return (buffer.WrittenMemory, count);
                    (buffer, count) = (new ArrayBufferWriter<byte>(), 0);
                }

                yield return (job, 1);
                continue;
            }

            var isLast = job.IsEmpty && !together && count > 0;
            together |= job.IsEmpty;
            if (!job.IsEmpty)
            {
                buffer.Write(job.Span);
                buffer.Write("\n"u8);
                count++;
            }

            if (isLast || (!together && (count == BatchMaxJobs || buffer.WrittenCount >= BatchMaxBytes)))
            {
                yield return (buffer.WrittenMemory, count);
                buffer = new ArrayBufferWriter<byte>();
                count = 0;
            }
        }

        if (count > 0)
        {
            yield return (buffer.WrittenMemory, count);
        }
    }

    public static HttpContent Content(ReadOnlyMemory<byte> body, string type)
    {
        var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }

    public static async IAsyncEnumerable<SubmitOutcome> ReadOutcomesAsync(
        HttpResponseMessage response,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        while (await ReadLineAsync(reader, cancellationToken) is { } line)
        {
            if (line.Length > 0)
            {
                var answer = JsonSerializer.Deserialize(line, ClientJson.Default.BatchAnswer);
                yield return new SubmitOutcome(answer?.Id, answer?.Error?.ToException()) { Ids = answer?.Ids ?? answer?.Error?.Ids };
            }
        }
    }

    /// <summary>The lines of an answer as they come.</summary>
    public static async IAsyncEnumerable<string> ReadLinesAsync(
        HttpResponseMessage response,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var reader = new StreamReader(stream);
        while (true)
        {
            string? line;
            try
            {
                line = await reader.ReadLineAsync(cancellationToken);
            }
            catch (Exception failure) when (failure is IOException or HttpRequestException)
            {
                throw new RondoUnreachableException("the connection broke before the answer was whole", failure);
            }

            if (line is null)
            {
                yield break;
            }

            if (line.Length > 0)
            {
                yield return line;
            }
        }
    }

    private static async Task<string?> ReadLineAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await reader.ReadLineAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new RondoUncertainException("the connection broke before the whole batch was answered", failure);
        }
    }
}
