namespace Rondo.Client;

/// <summary>
/// Idempotency keys that are made up here. Each names the executor that is spoken to, as <c>@k7q2/…</c>: that one takes the job itself, as
/// it takes those without a key, and any other executor knows where to ask for it. Its id is asked for once for each address.
/// </summary>
internal sealed class MadeKeys(Sender sender)
{
    private Spoken? _spokenTo;

    /// <summary>A key that nobody else makes.</summary>
    public async Task<string> NewAsync(Uri address, CancellationToken cancellationToken)
    {
        if (_spokenTo is not { } spoken || spoken.Address != address)
        {
            _spokenTo = spoken = new Spoken(address, await sender.ExecutorAtAsync(address, cancellationToken));
        }

        var key = Guid.NewGuid().ToString("N");
        return spoken.Executor is { } executor ? $"@{executor}/{key}" : key;
    }

    /// <summary>The connection broke: another executor may answer there next.</summary>
    public void Forget() => _spokenTo = null;

    private sealed record Spoken(Uri Address, string? Executor);
}
