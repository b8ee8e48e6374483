using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>One duplex stream to another executor, after both sides introduced themselves.</summary>
/// <param name="dialled">True when this executor opened it.</param>
/// <param name="complete">Tells the other side that nothing more comes; only the opener can.</param>
/// <param name="abort">Breaks the stream off at once.</param>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed class RingStream(
    Introduced remote,
    bool dialled,
    IAsyncStreamReader<RingFrame> incoming,
    IAsyncStreamWriter<RingFrame> outgoing,
    Func<Task> complete,
    Action abort)
{
    private readonly SemaphoreSlim _writing = new(1);
    private int _retired;

    /// <summary>Who is at the other end.</summary>
    public Introduced Remote => remote;

    /// <summary>True when this executor opened it.</summary>
    public bool Dialled => dialled;

    /// <summary>What comes in.</summary>
    public IAsyncStreamReader<RingFrame> Incoming => incoming;

    /// <summary>Writes a frame and sends it off.</summary>
    /// <exception cref="Exception">The stream is broken or retired.</exception>
    public async Task WriteAsync(RingFrame frame)
    {
        await _writing.WaitAsync();
        try
        {
            await outgoing.WriteAsync(frame);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Closes a stream that this side opened and that is not needed, once what is being written is out. Reading goes on to its end.</summary>
    public async Task RetireAsync()
    {
        if (Interlocked.Exchange(ref _retired, 1) == 1)
        {
            return;
        }

        await _writing.WaitAsync();
        try
        {
            await complete();
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // It broke meanwhile, which comes to the same.
            abort();
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Breaks the stream off at once.</summary>
    public void Abort() => abort();
}
