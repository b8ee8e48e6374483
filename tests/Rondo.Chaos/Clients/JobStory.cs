namespace Rondo.Chaos.Clients;

/// <summary>What one client asked for, and everything that it was told about it.</summary>
internal sealed class JobStory(string nonce, int milliseconds, int exitCode)
{
    private readonly Lock _gate = new();

    /// <summary>Names the job: nobody else submits one of this name.</summary>
    public string Nonce => nonce;

    public int Milliseconds => milliseconds;

    public int ExitCode => exitCode;

    /// <summary>The id that the client was told; null when it was told none, which does not say that there is no job.</summary>
    public string? Id { get; private set; }

    /// <summary>True once the client asked for its end.</summary>
    public bool CancelAsked { get; set; }

    /// <summary>The first final state that the client was told.</summary>
    public FinalState? Final { get; private set; }

    /// <summary>The first result that the client was told.</summary>
    public string? Result { get; private set; }

    public void Told(string id) => Id = id;

    /// <summary>The client was told a final state.</summary>
    /// <returns>The one that it was told before, when that was another.</returns>
    public FinalState? Told(FinalState final)
    {
        lock (_gate)
        {
            Final ??= final;
            return Final == final ? null : Final;
        }
    }

    /// <summary>The client was told a result.</summary>
    /// <returns>The one that it was told before, when that was another.</returns>
    public string? ToldResult(string result)
    {
        lock (_gate)
        {
            Result ??= result;
            return Result == result ? null : Result;
        }
    }
}

/// <summary>How a job ended, as clients see it.</summary>
internal sealed record FinalState(string State, string? Reason, int? ExitCode, int Attempt, int Crashes);
