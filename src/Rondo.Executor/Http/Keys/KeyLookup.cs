using System.Text.Json;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Keys;

/// <summary>What other executors know of an idempotency key.</summary>
internal static class KeyLookup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Asks them all.</summary>
    /// <returns>The job of the key, or one that does not answer, or neither: there is no such job.</returns>
    public static async Task<(KeyedJob? Known, ExecutorId? Unreachable)> FindAsync(
        Forwarder forwarder,
        string key,
        EquatableList<Member> members,
        CancellationToken cancellationToken
    )
    {
        var asked = members.Select(member => AskAsync(forwarder, key, member, cancellationToken)).ToArray();
        ExecutorId? unreachable = null;
        for (var i = 0; i < asked.Length; i++)
        {
            switch (await asked[i])
            {
                case null:
                    unreachable = members[i].Id;
                    break;
                case { Id: { } id, Digest: { } digest }:
                    return (new KeyedJob(JobId.Parse(id), digest), null);
            }
        }

        return (null, unreachable);
    }

    private static async Task<KeyDocument?> AskAsync(Forwarder forwarder, string key, Member member, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            var uri = new Uri($"http://{member.RingAddress}/v1/keys/{Uri.EscapeDataString(key)}");
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            using var response = await forwarder.SendAsync(request, patience.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            return await JsonSerializer.DeserializeAsync(body, HttpJson.Plain.KeyDocument, patience.Token);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            // Named in the answer as unreachable.
            return null;
        }
    }
}
