using Microsoft.AspNetCore.Http;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Bounds the bytes of all request bodies, and lines of them, that are in memory until their jobs wait for the loop.</summary>
internal sealed class BodyBudget(int bodyMaxBytes)
{
    /// <summary>How many bodies of the largest size fit.</summary>
    private const long LargestBodies = 8;

    private const long LeastBytes = 8L << 20;

    private const int BlockBytes = 64 * 1024;

    private long _used;

    /// <summary>The most bytes of all of them together.</summary>
    public long MaxBytes => Math.Max(LargestBodies * bodyMaxBytes, LeastBytes);

    /// <summary>What one request takes of it, to begin with nothing.</summary>
    public Share Open() => new(this);

    /// <summary>Reads a whole body and uses it; its bytes count until then.</summary>
    /// <exception cref="HttpProblem">The body, or all bodies together, are too large.</exception>
    public async Task<T> ReadAsync<T>(HttpContext context, Func<ReadOnlyMemory<byte>, T> use)
    {
        context.LimitBody(bodyMaxBytes);
        if (context.Request.ContentLength > bodyMaxBytes)
        {
            throw TooLarge();
        }

        using var share = Open();
        using var body = new MemoryStream();
        Take(context.Request.ContentLength ?? 0);
        {
            body.Capacity = (int)(context.Request.ContentLength ?? 0);
            var block = new byte[Math.Min(BlockBytes, context.Request.ContentLength + 1 ?? BlockBytes)];
            int read;
            while ((read = await context.Request.Body.ReadAsync(block, context.RequestAborted)) > 0)
            {
                if (body.Length + read > bodyMaxBytes)
                {
                    throw TooLarge();
                }

                Take(body.Length + read - share.Taken);
                body.Write(block, 0, read);
            }

            return use(body.GetBuffer().AsMemory(0, (int)body.Length));
        }

        void Take(long bytes)
        {
            if (!share.TryTake(bytes))
            {
                throw Full();
            }
        }
    }

    /// <summary>What a client is told whose job is larger than any may be.</summary>
    public HttpProblem TooLarge() =>
        HttpProblem.TooLarge($"a job is at most {bodyMaxBytes} bytes of JSON; put larger data where the job can fetch it");

    /// <summary>What a client is told when there is no room for its body now.</summary>
    public HttpProblem Full() => HttpProblem.Full($"requests of {MaxBytes >> 20} MiB are being read already; try again in a moment");

    /// <summary>What one request takes.</summary>
    public sealed class Share(BodyBudget budget) : IDisposable
    {
        private readonly Lock _gate = new();
        private bool _disposed;

        /// <summary>How many bytes.</summary>
        public long Taken { get; private set; }

        /// <summary>Takes more, if there is room.</summary>
        public bool TryTake(long bytes)
        {
            lock (_gate)
            {
                if (bytes <= 0 || _disposed)
                {
                    return true;
                }

                if (Interlocked.Add(ref budget._used, bytes) > budget.MaxBytes)
                {
                    Interlocked.Add(ref budget._used, -bytes);
                    return false;
                }

                Taken += bytes;
                return true;
            }
        }

        /// <summary>Gives some of it back.</summary>
        public void Give(long bytes)
        {
            lock (_gate)
            {
                // An answer may come when the client has left, and all was given back.
                if (!_disposed)
                {
                    Interlocked.Add(ref budget._used, -bytes);
                    Taken -= bytes;
                }
            }
        }

        /// <summary>Gives all of it back.</summary>
        public void Dispose()
        {
            lock (_gate)
            {
                Give(Taken);
                _disposed = true;
            }
        }
    }
}
