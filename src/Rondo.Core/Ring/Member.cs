namespace Rondo.Core;

/// <summary>What an executor tells the others of itself.</summary>
public sealed record Member
{
    /// <summary>Its identity.</summary>
    public required ExecutorId Id { get; init; }

    /// <summary>Its current start.</summary>
    public required Incarnation Incarnation { get; init; }

    /// <summary>A label for people.</summary>
    public required string Name { get; init; }

    /// <summary>Where other executors reach it, as host:port.</summary>
    public required string RingAddress { get; init; }

    /// <summary>Where clients reach it, as host:port.</summary>
    public required string HttpAddress { get; init; }

    /// <summary>What it is able to run.</summary>
    public required Capabilities Capabilities { get; init; }
}

/// <summary>What an executor is able to run.</summary>
/// <param name="Commands">True when it starts programs.</param>
/// <param name="Handlers">The names of the handlers that it has, sorted.</param>
public sealed record Capabilities(bool Commands, EquatableList<string> Handlers)
{
    /// <summary>True when a job with these terms can run here.</summary>
    public bool CanRun(JobTerms terms) =>
        terms.Kind switch
        {
            JobKind.Command => Commands,
            JobKind.Handler => terms.Handler is not null && Handlers.Contains(terms.Handler),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
