using System.Text.Json.Serialization;

namespace Rondo.Client;

/// <summary>A job that must have ended before another starts.</summary>
/// <param name="Id">The job's id; in a batch also <c>#</c> and the <see cref="JobRequest.Ref"/> of another job of the same batch.</param>
/// <param name="When"><c>success</c> (when null), <c>failure</c> or <c>end</c>: how it must have ended.</param>
/// <param name="State">
/// How that job ended: <c>pending</c> while it has not, <c>succeeded</c>, <c>failed</c>, <c>cancelled</c>, or <c>unknown</c> when nobody knows it (any
/// more); only in what an executor tells.
/// </param>
public sealed record JobDependency(
    string Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? When = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? State = null
);

/// <summary>At most <paramref name="Max"/> jobs of one key run in the ring at the same time; the others are scheduled for later.</summary>
/// <param name="Key">What the jobs have in common, such as <c>database</c>.</param>
/// <param name="Max">How many of them may run.</param>
public sealed record ConcurrencyLimit(string Key, int Max);
