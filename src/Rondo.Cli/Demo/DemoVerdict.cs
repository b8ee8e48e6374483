namespace Rondo.Cli;

/// <summary>What the demo found.</summary>
internal sealed record DemoVerdict
{
    public required int Jobs { get; init; }

    public required int Received { get; init; }

    /// <summary>Jobs with more than one <c>finished</c> in their trail.</summary>
    public required int RecordedTwice { get; init; }

    /// <summary>Results whose second reading differs from the first.</summary>
    public required int Changed { get; init; }

    /// <summary>Results that are not what their job wrote: each begins with the job's own id.</summary>
    public required int Wrong { get; init; }

    /// <summary>Jobs that were started more than once, which a crash makes right.</summary>
    public required int RanAgain { get; init; }

    public required int LargestSpread { get; init; }

    public required int Looks { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>The executor through which the results were read again.</summary>
    public required string ReadAgainThrough { get; init; }

    public required string Killed { get; init; }

    public int Lost => Jobs - Received;

    public bool AllHold => Lost == 0 && RecordedTwice == 0 && Changed == 0 && Wrong == 0 && LargestSpread <= 1;

    public string ToJson() =>
        $"{{\"jobs\":{Jobs},\"received\":{Received},\"lost\":{Lost},\"recordedTwice\":{RecordedTwice},\"changed\":{Changed},\"wrong\":{Wrong},"
        + $"\"ranAgain\":{RanAgain},\"largestSpread\":{LargestSpread},\"looks\":{Looks},\"allHold\":{(AllHold ? "true" : "false")}}}";
}
