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
    /// <summary>What the executor is or has, for jobs that ask for it; sorted by key, each key once.</summary>
    public EquatableList<Label> Labels { get; init; } = EquatableList<Label>.Empty;

    /// <summary>The newest version of the ring's protocol that the executor speaks. An earlier release ignores terms that it does not know.</summary>
    public int Protocol { get; init; } = RingProtocol.Newest;

    /// <summary>True when a job with these terms can run here.</summary>
    public bool CanRun(JobTerms terms) => HasKind(terms) && Protocol >= RingProtocol.Of(terms) && Missing(terms) is null;

    /// <summary>Why a job with these terms cannot run here, for people; null when it can.</summary>
    public string? WhyNot(JobTerms terms) =>
        !HasKind(terms)
            ? terms.Kind == JobKind.Command
                ? "it runs no commands"
                : $"it has no handler '{terms.Handler}'"
            : Protocol < RingProtocol.Of(terms)
                ? "it is of an earlier release, which would run the job without its time limit or its index"
                : Missing(terms) is { } label
                    ? $"it has no label {label}"
                    : null;

    private bool HasKind(JobTerms terms) =>
        terms.Kind switch
        {
            JobKind.Command => Commands,
            JobKind.Handler => terms.Handler is not null && Handlers.Contains(terms.Handler),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private Label? Missing(JobTerms terms)
    {
        // By index: this is asked for every job that is offered, and an enumerator would be an object each time.
        for (var i = 0; i < terms.Requires.Count; i++)
        {
            if (!Labels.Contains(terms.Requires[i]))
            {
                return terms.Requires[i];
            }
        }

        return null;
    }
}
