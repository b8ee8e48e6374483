namespace Rondo.Executor.Loop;

/// <summary>Bounds bytes that are in memory for many at once. Nobody waits for room: whoever finds none does without.</summary>
/// <param name="maxBytes">The most bytes of all of them together.</param>
internal sealed class ByteBudget(long maxBytes)
{
    private long _used;

    /// <summary>The most bytes of all of them together.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>How many are taken.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>What one of them takes of it, to begin with nothing.</summary>
    public Share Open() => new(this);

    private bool TryTake(long bytes, bool evenIfLarger)
    {
        var used = Interlocked.Add(ref _used, bytes);
        if (used <= maxBytes || (evenIfLarger && used == bytes))
        {
            return true;
        }

        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>What one of them takes.</summary>
    public sealed class Share(ByteBudget budget) : IDisposable
    {
        private readonly Lock _gate = new();
        private bool _disposed;

        /// <summary>How many bytes.</summary>
        public long Taken { get; private set; }

        /// <summary>Takes more, if there is room.</summary>
        /// <param name="evenIfLarger">True lets in what is larger than the whole budget, when nobody else has anything of it.</param>
        public bool TryTake(long bytes, bool evenIfLarger = false)
        {
            lock (_gate)
            {
                if (bytes <= 0 || _disposed)
                {
                    return true;
                }

                if (!budget.TryTake(bytes, evenIfLarger))
                {
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
