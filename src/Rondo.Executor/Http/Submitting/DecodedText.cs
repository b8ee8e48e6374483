namespace Rondo.Executor.Http.Submitting;

/// <summary>A text within JSON that was decoded in its own place, so that it is in memory once.</summary>
/// <param name="Start">Where it began, behind the quotation mark.</param>
/// <param name="Length">How many bytes it had.</param>
/// <param name="IsBase64">True when it stood for bytes.</param>
internal readonly record struct DecodedText(int Start, int Length, bool IsBase64)
{
    /// <summary>JSON that means what it meant before; it stays in the memory that it is in.</summary>
    /// <param name="json">What the JSON has become.</param>
    /// <param name="value">What the text was decoded to.</param>
    public JobJson Undo(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> value) =>
        new(json[..(Start - 1)], value, IsBase64 ? LargeValue.Base64 : LargeValue.Text, json[(Start + Length + 1)..]);
}
