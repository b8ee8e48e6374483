using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rondo.Executor.Http.Submitting;

/// <summary>How the large value of a job's JSON is kept.</summary>
internal enum LargeValue
{
    /// <summary>There is none: it is in the rest.</summary>
    None,

    /// <summary>As the characters that a text means.</summary>
    Text,

    /// <summary>As the bytes that a text stands for in Base64.</summary>
    Base64,

    /// <summary>As the JSON that it is.</summary>
    Json,
}

/// <summary>
/// The JSON of one job, for another executor. A large value lies where it is, and what was decoded of it in its own place becomes text again only while
/// it is written, in pieces.
/// </summary>
/// <param name="before">What stands before the value; all of the JSON when there is none.</param>
/// <param name="after">What stands behind it.</param>
internal sealed class JobJson(
    ReadOnlyMemory<byte> before,
    ReadOnlyMemory<byte> value = default,
    LargeValue form = LargeValue.None,
    ReadOnlyMemory<byte> after = default
)
{
    /// <summary>A multiple of three, so that Base64 pads at its end alone.</summary>
    private const int PieceBytes = 48 * 1024;

    private static readonly JsonWriterOptions _asItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ReadOnlyMemory<byte> _quote = "\""u8.ToArray();

    /// <summary>What stands before the value.</summary>
    public ReadOnlyMemory<byte> Before => before;

    /// <summary>True when a text was decoded.</summary>
    public bool IsDecoded => form is LargeValue.Text or LargeValue.Base64;

    /// <summary>What stands behind the value.</summary>
    public ReadOnlyMemory<byte> After => after;

    /// <summary>How many bytes it has; null when that shows only at its end.</summary>
    public long? Length => form == LargeValue.Text ? null : Size;

    /// <summary>About how many bytes it has: escapes are not counted.</summary>
    public long Size =>
        before.Length
        + (long)after.Length
        + (IsDecoded ? 2 * _quote.Length : 0)
        + (form == LargeValue.Base64 ? ((long)value.Length + 2) / 3 * 4 : value.Length);

    /// <summary>The same value between something else.</summary>
    public JobJson With(ReadOnlyMemory<byte> otherBefore, ReadOnlyMemory<byte> otherAfter) => new(otherBefore, value, form, otherAfter);

    /// <summary>Writes it.</summary>
    public async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(before, cancellationToken);
        switch (form)
        {
            case LargeValue.Base64:
                await WriteBase64Async(stream, cancellationToken);
                break;
            case LargeValue.Text:
                await WriteTextAsync(stream, cancellationToken);
                break;
            case LargeValue.Json:
                await stream.WriteAsync(value, cancellationToken);
                break;
        }

        await stream.WriteAsync(after, cancellationToken);
    }

    private async Task WriteBase64Async(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Base64.GetMaxEncodedToUtf8Length(Math.Min(PieceBytes, value.Length)));
        try
        {
            await stream.WriteAsync(_quote, cancellationToken);
            for (var at = 0; at < value.Length; at += PieceBytes)
            {
                Base64.EncodeToUtf8(Piece(at).Span, buffer, out _, out var written);
                await stream.WriteAsync(buffer.AsMemory(0, written), cancellationToken);
            }

            await stream.WriteAsync(_quote, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task WriteTextAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer, _asItIs);
        var at = 0;
        do
        {
            var piece = Piece(at);
            at += piece.Length;
            json.WriteStringValueSegment(piece.Span, isFinalSegment: at == value.Length);
            json.Flush();
            await stream.WriteAsync(buffer.WrittenMemory, cancellationToken);
            buffer.ResetWrittenCount();
        } while (at < value.Length);
    }

    private ReadOnlyMemory<byte> Piece(int at) => value.Slice(at, Math.Min(PieceBytes, value.Length - at));
}
