using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>A job to wait for, as a client names it: by its id, or by the <c>ref</c> that another line of the same batch gave itself.</summary>
internal readonly record struct DependencyRequest(JobId? Id, string? Ref, DependencyCondition When);
