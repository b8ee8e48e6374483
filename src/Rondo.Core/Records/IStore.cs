namespace Rondo.Core;

/// <summary>
/// Stable storage as the loop around the core needs it. Used by one writer at a time; a failure is final: the process stops, and goes on
/// from what <see cref="Load"/> finds.
/// </summary>
public interface IStore
{
    /// <summary>What the last start left behind. Once a start, and read to its end before the first <see cref="Commit"/>.</summary>
    Recovered Load();

    /// <summary>Makes the records durable, all or none, in this order. When it returns they survive any crash.</summary>
    void Commit(IReadOnlyList<Record> records);
}
