namespace Rondo.Core;

/// <summary>At most so many jobs of one key run at the same time in the whole ring.</summary>
/// <param name="Key">The jobs that have it in common count together.</param>
/// <param name="Max">How many may run; at least 1.</param>
public sealed record ConcurrencyLimit(string Key, int Max);
