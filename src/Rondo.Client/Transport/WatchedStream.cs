namespace Rondo.Client;

/// <summary>
/// The body of an answer, for as long as whoever gives it is alive. One that lasts, such as a job's events, may be silent for hours: a
/// connection to an executor that was stopped looks the same.
/// </summary>
/// <param name="body">What is read.</param>
/// <param name="from">Who gives it.</param>
/// <param name="watch">Waits for a read; cancels it when the other side is not there any more.</param>
internal sealed class WatchedStream(Stream body, string from, Func<Task<int>, CancellationTokenSource, Task<int>> watch) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The connection broke, or whoever gives this answers nobody any more.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var read = body.ReadAsync(buffer, limit.Token);
        try
        {
            return await (read.IsCompleted ? read : new ValueTask<int>(watch(read.AsTask(), limit)));
        }
        catch (OperationCanceledException silent) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"{from} began its answer and then fell silent, also when asked whether it is alive", silent);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => body.Read(buffer, offset, count);

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            body.Dispose();
        }

        base.Dispose(disposing);
    }
}
