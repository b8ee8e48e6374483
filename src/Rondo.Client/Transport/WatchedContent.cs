using System.Net;

namespace Rondo.Client;

/// <summary>A request's body that tells of every piece of it that was taken: one that is long is told from one that does not get on.</summary>
internal sealed class WatchedContent : HttpContent
{
    /// <summary>So much is handed on at a time: over a slow connection even one large write takes its time.</summary>
    private const int PieceBytes = 64 * 1024;

    private readonly HttpContent _body;
    private readonly Action _taken;

    /// <param name="body">What is sent.</param>
    /// <param name="taken">Told after every piece, also of those that are sent behind the beginning of the answer.</param>
    public WatchedContent(HttpContent body, Action taken)
    {
        (_body, _taken) = (body, taken);
        foreach (var (name, values) in body.Headers)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        _body.CopyToAsync(new Pieces(stream, _taken), context, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Headers.ContentLength ?? 0;
        return _body.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _body.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>The stream is not this one's to close.</summary>
    private sealed class Pieces(Stream destination, Action taken) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            while (buffer.Length > 0)
            {
                var piece = buffer[..Math.Min(PieceBytes, buffer.Length)];
                await destination.WriteAsync(piece, cancellationToken);
                taken();
                buffer = buffer[piece.Length..];
            }
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count)
        {
            destination.Write(buffer, offset, count);
            taken();
        }

        public override async Task FlushAsync(CancellationToken cancellationToken)
        {
            await destination.FlushAsync(cancellationToken);
            taken();
        }

        public override void Flush() => destination.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
