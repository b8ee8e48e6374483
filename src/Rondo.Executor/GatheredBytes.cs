using System.Buffers;
using System.IO.MemoryMappedFiles;

namespace Rondo.Executor;

/// <summary>
/// Bytes that come in pieces until their end tells how many they are, and then become one array of that length. Until then they are outside of the
/// heap, in parts each of which is gone once it is copied: an array that is outgrown stays until the garbage collector comes to it.
/// </summary>
internal sealed class GatheredBytes : IDisposable
{
    /// <summary>At most so many of them are in memory twice, while they are joined.</summary>
    private const int PartBytes = 4 << 20;

    private readonly Queue<MemoryMappedViewAccessor> _parts = [];
    private MemoryMappedViewAccessor? _last;

    /// <summary>How many there are.</summary>
    public int Length { get; private set; }

    /// <summary>Copies the next ones.</summary>
    public void Add(ReadOnlySequence<byte> bytes)
    {
        foreach (var piece in bytes)
        {
            Add(piece.Span);
        }
    }

    /// <inheritdoc cref="Add(ReadOnlySequence{byte})"/>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var room = PartBytes - (Length % PartBytes);
            if (room == PartBytes)
            {
                _parts.Enqueue(_last = NewPart());
            }

            var piece = bytes[..Math.Min(room, bytes.Length)];
            _last!.SafeMemoryMappedViewHandle.WriteSpan((ulong)(PartBytes - room), piece);
            Length += piece.Length;
            bytes = bytes[piece.Length..];
        }
    }

    /// <summary>All of them, and nothing is left here.</summary>
    /// <param name="rest">What comes behind them.</param>
    public byte[] Join(ReadOnlySequence<byte> rest)
    {
        var joined = GC.AllocateUninitializedArray<byte>(checked(Length + (int)rest.Length));
        var (at, length) = (0, Length);
        Length = 0;
        while (_parts.TryDequeue(out var part))
        {
            var bytes = Math.Min(PartBytes, length - at);
            part.SafeMemoryMappedViewHandle.ReadSpan(0, joined.AsSpan(at, bytes));
            at += bytes;
            Release(part);
        }

        rest.CopyTo(joined.AsSpan(at));
        return joined;
    }

    /// <summary>Nothing is left of them.</summary>
    public void Dispose()
    {
        Length = 0;
        while (_parts.TryDequeue(out var part))
        {
            Release(part);
        }
    }

    private static MemoryMappedViewAccessor NewPart()
    {
        // The view keeps the memory: it needs no descriptor, of which a process may have few.
        using var memory = MemoryMappedFile.CreateNew(mapName: null, PartBytes);
        var part = memory.CreateViewAccessor(0, PartBytes);

        // Without this the garbage collector, which does not see these parts, would leave line after line lying that is on the disk.
        GC.AddMemoryPressure(PartBytes);
        return part;
    }

    private static void Release(MemoryMappedViewAccessor part)
    {
        part.Dispose();
        GC.RemoveMemoryPressure(PartBytes);
    }
}
