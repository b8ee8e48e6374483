using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rondo.Client;

/// <summary>What makes up most of a large job: written as JSON only while it is sent, in pieces, from where the caller has it.</summary>
/// <param name="name">The name of its field in a job.</param>
internal abstract class LargeInput(string name)
{
    /// <summary>What has no more bytes or characters is not large.</summary>
    private const int SmallMax = 64 * 1024;

    /// <summary>A multiple of three bytes, so that Base64 pads at its end alone.</summary>
    private const int PieceBytes = 48 * 1024;

    /// <summary>As given.</summary>
    public string Name => name;

    /// <summary>The input of a job that is better written in pieces; null when there is none.</summary>
    /// <param name="rest">The job without it.</param>
    public static LargeInput? Of(JobRequest job, out JobRequest rest)
    {
        LargeInput? input;
        (input, rest) = job switch
        {
            { OpenStdin: { } open } => (new OfStream("stdinBase64", open), job),
            { OpenPayload: { } open } => (new OfStream("payloadBase64", open), job),
            { StdinBytes: { Length: > SmallMax } bytes } => (new OfBytes("stdinBase64", bytes), job with { StdinBytes = null }),
            { PayloadBytes: { Length: > SmallMax } bytes } => (new OfBytes("payloadBase64", bytes), job with { PayloadBytes = null }),
            { Stdin: { Length: > SmallMax } text } => (new OfText("stdin", text), job with { Stdin = null }),
            { Payload: { } json } when IsLarge(json) => ((LargeInput?)new OfJson("payload", json), job with { Payload = null }),
            _ => (null, job),
        };
        return input;
    }

    /// <summary>About how many bytes it has.</summary>
    public abstract long Size { get; }

    /// <summary>How many bytes its JSON has; null when that shows only at its end.</summary>
    public virtual long? JsonBytes => null;

    /// <summary>Finds out how many bytes it has, where that takes something.</summary>
    /// <exception cref="RondoException">It cannot be read.</exception>
    public virtual void Begin() { }

    /// <summary>It is not written after all.</summary>
    public virtual void Abandon() { }

    /// <summary>Writes its JSON.</summary>
    /// <exception cref="RondoException">It cannot be read.</exception>
    public abstract Task WriteAsync(Stream stream, CancellationToken cancellationToken);

    /// <summary>What was read leniently, with comments for instance, is not sent as it is.</summary>
    private static bool IsLarge(JsonElement json)
    {
        var raw = JsonMarshal.GetRawUtf8Value(json);
        if (raw.Length <= SmallMax || raw.Contains((byte)'\n'))
        {
            return false;
        }

        var reader = new Utf8JsonReader(raw);
        try
        {
            while (reader.Read()) { }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static long Base64Bytes(long bytes) => ((bytes + 2) / 3 * 4) + 2;

    private sealed class OfBytes(string name, byte[] bytes) : LargeInput(name)
    {
        public override long Size => bytes.Length;

        public override long? JsonBytes => Base64Bytes(bytes.Length);

        public override async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
        {
            using var text = new Base64Text(stream);
            for (var at = 0; at < bytes.Length; at += PieceBytes)
            {
                var piece = bytes.AsMemory(at, Math.Min(PieceBytes, bytes.Length - at));
                await text.WriteAsync(piece, cancellationToken);
            }

            await text.EndAsync(cancellationToken);
        }
    }

    private sealed class OfStream(string name, Func<Stream> open) : LargeInput(name)
    {
        private Stream? _opened;
        private long? _length;

        /// <summary>As that is not known, as many as the largest that any executor takes.</summary>
        public override long Size => 64 << 20;

        public override long? JsonBytes => _length is { } length ? Base64Bytes(length) : null;

        public override void Begin()
        {
            Abandon();
            _opened = Read(open);

            // Files that are made up as they are read, such as those of /proc, say that they have none.
            _length = Read(() => _opened.CanSeek && _opened.Length - _opened.Position is > 0 and var left ? left : (long?)null);
        }

        public override void Abandon()
        {
            _opened?.Dispose();
            (_opened, _length) = (null, null);
        }

        public override async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
        {
            var (source, left) = (_opened ?? Read(open), _length ?? long.MaxValue);
            _opened = null;
            await using var closed = source;
            using var text = new Base64Text(stream);
            var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                while (left > 0)
                {
                    var read = await ReadAsync(source, piece.AsMemory(0, (int)Math.Min(PieceBytes, left)), cancellationToken);
                    if (read == 0)
                    {
                        break;
                    }

                    await text.WriteAsync(piece.AsMemory(0, read), cancellationToken);
                    left -= read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }

            if (_length is not null && left > 0)
            {
                throw new RondoException($"the job's input ended {left} bytes early");
            }

            await text.EndAsync(cancellationToken);
        }

        private static async Task<int> ReadAsync(Stream source, Memory<byte> piece, CancellationToken cancellationToken)
        {
            try
            {
                return await source.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellationToken);
            }
            catch (Exception failure) when (IsOfReading(failure))
            {
                throw CannotRead(failure);
            }
        }

        private static T Read<T>(Func<T> read)
        {
            try
            {
                return read();
            }
            catch (Exception failure) when (IsOfReading(failure))
            {
                throw CannotRead(failure);
            }
        }

        // Told apart from a connection that breaks.
        private static bool IsOfReading(Exception failure) =>
            failure is IOException or UnauthorizedAccessException or ObjectDisposedException;

        private static RondoException CannotRead(Exception failure) => new($"the job's input cannot be read: {failure.Message}", failure);
    }

    private sealed class OfText(string name, string text) : LargeInput(name)
    {
        private const int PieceChars = 16 * 1024;

        private static readonly JsonWriterOptions _asItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        public override long Size => text.Length;

        public override async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
        {
            var buffer = new ArrayBufferWriter<byte>(2 * PieceChars);
            using var json = new Utf8JsonWriter(buffer, _asItIs);
            for (var at = 0; at < text.Length; at += PieceChars)
            {
                var count = Math.Min(PieceChars, text.Length - at);
                json.WriteStringValueSegment(text.AsSpan(at, count), isFinalSegment: at + count == text.Length);
                json.Flush();
                await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
                buffer.ResetWrittenCount();
            }
        }
    }

    private sealed class OfJson(string name, JsonElement json) : LargeInput(name)
    {
        public override long Size => JsonMarshal.GetRawUtf8Value(json).Length;

        public override long? JsonBytes => JsonMarshal.GetRawUtf8Value(json).Length;

        public override async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
        {
            var piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                for (var at = 0; Copy(at, piece) is > 0 and var count; at += count)
                {
                    await stream.WriteAsync(piece.AsMemory(0, count), cancellationToken);
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }
        }

        private int Copy(int at, byte[] piece)
        {
            var rest = JsonMarshal.GetRawUtf8Value(json)[at..];
            rest = rest[..Math.Min(rest.Length, piece.Length)];
            rest.CopyTo(piece);
            return rest.Length;
        }
    }

    /// <summary>A string of Base64, written in pieces.</summary>
    private sealed class Base64Text(Stream stream) : IDisposable
    {
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(PieceBytes) + 1);
        private bool _hasBegun;

        /// <summary>Any piece but the last one is a multiple of three bytes.</summary>
        public async ValueTask WriteAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
        {
            var start = _hasBegun ? 0 : 1;
            _buffer[0] = (byte)'"';
            _hasBegun = true;
            Base64.EncodeToUtf8(piece.Span, _buffer.AsSpan(start), out _, out var written);
            await stream.WriteAsync(_buffer.AsMemory(0, start + written), cancellationToken);
        }

        public ValueTask EndAsync(CancellationToken cancellationToken) =>
            stream.WriteAsync(_hasBegun ? "\""u8.ToArray() : "\"\""u8.ToArray(), cancellationToken);

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
    }
}
