using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>One duplex stream to another executor, after both sides introduced themselves.</summary>
/// <param name="dialled">True when this executor opened it.</param>
/// <param name="complete">Tells the other side that nothing more comes; only the opener can.</param>
/// <param name="abort">Breaks the stream off at once.</param>
[SuppressMessage("Design", "CA1001", Justification = "Their wait handles are never asked for: there is nothing to dispose of.")]
internal sealed class RingStream(
    Introduced remote,
    bool dialled,
    IAsyncStreamReader<RingFrame> incoming,
    IAsyncStreamWriter<RingFrame> outgoing,
    Func<Task> complete,
    Action abort
)
{
    private readonly SemaphoreSlim _writing = new(1);
    private readonly CancellationTokenSource _brokenOff = new();
    private volatile bool _writable = true;
    private bool _completed;

    /// <summary>Who is at the other end.</summary>
    public Introduced Remote => remote;

    /// <summary>True when this executor opened it.</summary>
    public bool Dialled => dialled;

    /// <summary>False once it is closed for writing, or writing failed.</summary>
    public bool IsWritable => _writable;

    /// <summary>What comes in.</summary>
    public IAsyncStreamReader<RingFrame> Incoming => incoming;

    /// <summary>Writes a frame and sends it off.</summary>
    /// <returns>False when nothing was written, since the stream is closed for writing.</returns>
    /// <exception cref="Exception">The stream is broken.</exception>
    public async Task<bool> WriteAsync(RingFrame frame)
    {
        await _writing.WaitAsync();
        try
        {
            if (!_writable)
            {
                return false;
            }

            // It need not come to an end by itself when its stream is broken off, and whoever waits for it writes to no other stream.
            await outgoing.WriteAsync(frame).WaitAsync(_brokenOff.Token);
            return true;
        }
        catch
        {
            _writable = false;
            throw;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// Writes no more, once what is being written is out; the opener tells the other side so, which then closes too. What the other side
    /// wrote before is still read.
    /// </summary>
    public async Task CloseAsync()
    {
        _writable = false;
        await _writing.WaitAsync();
        try
        {
            if (!_completed)
            {
                _completed = true;
                await complete();
            }
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

    /// <summary>Does the same, and waits for so long at most.</summary>
    /// <returns>False when something is still being written after that.</returns>
    public async Task<bool> TryCloseAsync(TimeSpan patience)
    {
        try
        {
            await CloseAsync().WaitAsync(patience);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Breaks the stream off at once.</summary>
    public void Abort()
    {
        _writable = false;
        _brokenOff.Cancel();
        abort();
    }
}
