namespace Rondo.Storage;

/// <summary>What room a store has.</summary>
/// <param name="TotalBytes">The size of its file system; 0 when that tells nothing of itself.</param>
/// <param name="FreeBytes">What that has left for this process.</param>
/// <param name="EmptyBytes">What the tables have of it that holds nothing any more: deleted jobs make room there, not in the file system.</param>
/// <param name="BehindBytes">What is in the journal alone, and goes into the tables in a moment.</param>
public readonly record struct StoreSpace(long TotalBytes, long FreeBytes, long EmptyBytes, long BehindBytes);
