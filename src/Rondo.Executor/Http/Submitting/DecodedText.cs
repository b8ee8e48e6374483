using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Rondo.Executor.Http.Submitting;

/// <summary>A text within JSON that was decoded in its own place, so that it is in memory once.</summary>
/// <param name="Start">Where it began, behind the quotation mark.</param>
/// <param name="Length">How many bytes it had.</param>
/// <param name="IsBase64">True when it stood for bytes.</param>
internal readonly record struct DecodedText(int Start, int Length, bool IsBase64)
{
    private static readonly JsonWriterOptions _asItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>JSON that means what it meant before, in memory of its own.</summary>
    /// <param name="json">What the JSON has become.</param>
    /// <param name="value">What the text was decoded to.</param>
    public ReadOnlyMemory<byte> Undo(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> value)
    {
        // Rarely less than it was: other escapes may have been used.
        var undone = new ArrayBufferWriter<byte>(json.Length + 16);
        undone.Write(json.Span[..(Start - 1)]);
        using (var text = new Utf8JsonWriter(undone, _asItIs))
        {
            if (IsBase64)
            {
                text.WriteBase64StringValue(value.Span);
            }
            else
            {
                text.WriteStringValue(value.Span);
            }
        }

        undone.Write(json.Span[(Start + Length + 1)..]);
        return undone.WrittenMemory;
    }
}
