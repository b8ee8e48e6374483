namespace Rondo.Storage.Journals;

/// <summary>
/// A frame that is ready to be written but for its header. Large contents and outputs are not copied into it: it is in pieces then, some of
/// which are their own memory.
/// </summary>
/// <param name="Head">The first piece, all of it when there is nothing large in it; it begins with the header.</param>
/// <param name="Others">The pieces behind it, each at least one byte; null for none.</param>
/// <param name="RecordBytes">How many bytes of records it has.</param>
internal readonly record struct StagedFrame(Memory<byte> Head, List<ReadOnlyMemory<byte>>? Others, int RecordBytes)
{
    /// <summary>How long it is.</summary>
    public int Length => Frame.HeaderBytes + RecordBytes + Frame.Padding(RecordBytes);

    /// <summary>The same, with the pieces in memory that nobody else has.</summary>
    public StagedFrame Copy() => this with { Others = Others?.ConvertAll(static piece => (ReadOnlyMemory<byte>)piece.ToArray()) };
}
