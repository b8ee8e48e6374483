using Microsoft.AspNetCore.Http;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Bounds the bytes of all request bodies that are being read at the same time.</summary>
internal sealed class BodyBudget(int bodyMaxBytes)
{
    /// <summary>The most bytes of all of them together.</summary>
    public const long MaxBytes = 512L << 20;

    private const int BlockBytes = 64 * 1024;

    private long _used;

    /// <summary>The largest body, in bytes.</summary>
    public int BodyMaxBytes => bodyMaxBytes;

    /// <summary>Reads a whole body and uses it; its bytes count until then.</summary>
    /// <exception cref="HttpProblem">The body, or all bodies together, are too large.</exception>
    public async Task<T> ReadAsync<T>(HttpContext context, Func<ReadOnlyMemory<byte>, T> use)
    {
        context.LimitBody(bodyMaxBytes);
        if (context.Request.ContentLength > bodyMaxBytes)
        {
            throw TooLarge();
        }

        var taken = 0L;
        try
        {
            using var body = new MemoryStream();
            Take(context.Request.ContentLength ?? 0, ref taken);
            body.Capacity = (int)(context.Request.ContentLength ?? 0);
            var block = new byte[Math.Min(BlockBytes, context.Request.ContentLength + 1 ?? BlockBytes)];
            int read;
            while ((read = await context.Request.Body.ReadAsync(block, context.RequestAborted)) > 0)
            {
                if (body.Length + read > bodyMaxBytes)
                {
                    throw TooLarge();
                }

                Take(body.Length + read - taken, ref taken);
                body.Write(block, 0, read);
            }

            return use(body.GetBuffer().AsMemory(0, (int)body.Length));
        }
        finally
        {
            Interlocked.Add(ref _used, -taken);
        }
    }

    /// <summary>What a client is told whose job is larger than any may be.</summary>
    public HttpProblem TooLarge() =>
        HttpProblem.TooLarge($"a job is at most {bodyMaxBytes} bytes of JSON; put larger data where the job can fetch it");

    private void Take(long bytes, ref long taken)
    {
        if (bytes <= 0)
        {
            return;
        }

        taken += bytes;
        if (Interlocked.Add(ref _used, bytes) > MaxBytes)
        {
            throw HttpProblem.Full($"requests of {MaxBytes >> 20} MiB are being read already; try again in a moment");
        }
    }
}
