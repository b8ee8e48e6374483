using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rondo.Executor.Handlers;

/// <summary>What a handler returned, as JSON: a large one is written in pieces, so that it is in memory once.</summary>
internal static class JsonResult
{
    /// <summary>Writes it.</summary>
    /// <returns>Its bytes, in memory that is their length.</returns>
    public static byte[] Write<T>(T result, JsonTypeInfo<T> type)
    {
        using var written = new WrittenBytes();
        JsonSerializer.Serialize(written, result, type);
        return written.Join();
    }

    private sealed class WrittenBytes : Stream
    {
        private const int BlockMaxBytes = 1 << 20;

        private readonly ArrayBufferWriter<byte> _block = new();
        private readonly GatheredBytes _before = new();

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public byte[] Join() => _before.Join(new ReadOnlySequence<byte>(_block.WrittenMemory));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_block.WrittenCount + buffer.Length > BlockMaxBytes)
            {
                _before.Add(_block.WrittenSpan);
                _before.Add(buffer);
                _block.ResetWrittenCount();
            }
            else
            {
                _block.Write(buffer);
            }
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _before.Dispose();
            base.Dispose(disposing);
        }
    }
}
