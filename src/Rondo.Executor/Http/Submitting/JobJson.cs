using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// The JSON of one job, for another executor. What was decoded in its own place becomes text again only while it is written, in pieces.
/// </summary>
/// <param name="before">What stands before the text; all of the JSON when nothing was decoded.</param>
/// <param name="value">What the text was decoded to.</param>
/// <param name="isBase64">True for a text that stands for bytes; null when there is none.</param>
/// <param name="after">What stands behind it.</param>
internal sealed class JobJson(
    ReadOnlyMemory<byte> before,
    ReadOnlyMemory<byte> value = default,
    bool? isBase64 = null,
    ReadOnlyMemory<byte> after = default
)
{
    /// <summary>A multiple of three, so that Base64 pads at its end alone.</summary>
    private const int PieceBytes = 48 * 1024;

    private static readonly JsonWriterOptions _asItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ReadOnlyMemory<byte> _quote = "\""u8.ToArray();

    /// <summary>What stands before the text.</summary>
    public ReadOnlyMemory<byte> Before => before;

    /// <summary>True when a text was decoded.</summary>
    public bool IsDecoded => isBase64 is not null;

    /// <summary>What stands behind the text.</summary>
    public ReadOnlyMemory<byte> After => after;

    /// <summary>How many bytes it has; null when that shows only at its end.</summary>
    public long? Length => isBase64 is false ? null : Size;

    /// <summary>About how many bytes it has: escapes are not counted.</summary>
    public long Size =>
        before.Length + (long)after.Length + (IsDecoded ? 2 + (isBase64 is true ? ((long)value.Length + 2) / 3 * 4 : value.Length) : 0);

    /// <summary>The same text between something else.</summary>
    public JobJson With(ReadOnlyMemory<byte> otherBefore, ReadOnlyMemory<byte> otherAfter) => new(otherBefore, value, isBase64, otherAfter);

    /// <summary>Writes it.</summary>
    public async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(before, cancellationToken);
        switch (isBase64)
        {
            case true:
                await WriteBase64Async(stream, cancellationToken);
                break;
            case false:
                await WriteTextAsync(stream, cancellationToken);
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
