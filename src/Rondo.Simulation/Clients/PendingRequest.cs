using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What a client does when its request is answered, or when the executor that it asked goes down.</summary>
internal sealed record PendingRequest(Action<Answer> Answered, Action Lost);
