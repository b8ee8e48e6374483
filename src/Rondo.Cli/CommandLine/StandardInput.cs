namespace Rondo.Cli;

/// <summary>
/// The process's standard input. Reading a terminal or a pipe cannot be broken off, and the console's own stream lets Ctrl-C wait for it:
/// here it goes on, and is not waited for. What it brings is there for the next read.
/// </summary>
internal sealed class StandardInput(Stream console) : Stream
{
    private readonly byte[] _block = new byte[64 * 1024];
    private ReadOnlyMemory<byte> _left;
    private Task<int>? _reading;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_left.IsEmpty && !buffer.IsEmpty)
        {
            _reading ??= Task.Run(() => console.Read(_block), CancellationToken.None);
            var read = await _reading.WaitAsync(cancellationToken);
            (_reading, _left) = (null, _block.AsMemory(0, read));
        }

        var count = Math.Min(buffer.Length, _left.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
