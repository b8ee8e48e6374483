using System.Net;
using System.Text.Json;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Keys;

/// <summary>What other executors know of idempotency keys.</summary>
internal static class KeyLookup
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Asks them all.</summary>
    /// <returns>For each key the job of it, or an executor that does not answer, or neither: there is no such job.</returns>
    public static async Task<IReadOnlyList<(KeyedJob? Known, ExecutorId? Unreachable)>> FindAsync(
        Forwarder forwarder,
        IReadOnlyList<string> keys,
        EquatableList<Member> members,
        CancellationToken cancellationToken
    )
    {
        var asked = await Task.WhenAll(members.Select(member => AskAsync(forwarder, keys, member, cancellationToken)));
        return [.. Enumerable.Range(0, keys.Count).Select(Together)];

        (KeyedJob? Known, ExecutorId? Unreachable) Together(int key)
        {
            ExecutorId? unreachable = null;
            for (var i = 0; i < asked.Length; i++)
            {
                switch (asked[i]?[key])
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
    }

    /// <summary>What one of them knows of each key; null when it does not answer.</summary>
    private static async Task<KeyDocument[]?> AskAsync(
        Forwarder forwarder,
        IReadOnlyList<string> keys,
        Member member,
        CancellationToken cancellationToken
    )
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{member.RingAddress}/v1/keys"))
            {
                Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes([.. keys], HttpJson.Plain.StringArray)),
            };
            using var response = await forwarder.SendAsync(request, patience.Token);
            if (response.StatusCode == HttpStatusCode.NotFound)
            {
                // One of a release that is asked for each key alone.
                return await Task.WhenAll(keys.Select(key => AskAsync(forwarder, key, member, patience.Token)));
            }

            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            var known = await JsonSerializer.DeserializeAsync(body, HttpJson.Plain.KeyDocumentArray, patience.Token);
            return known?.Length == keys.Count ? known : null;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException or OperationCanceledException)
        {
            // Named in the answer as unreachable.
            return null;
        }
    }

    private static async Task<KeyDocument> AskAsync(Forwarder forwarder, string key, Member member, CancellationToken cancellationToken)
    {
        var uri = new Uri($"http://{member.RingAddress}/v1/keys/{Uri.EscapeDataString(key)}");
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using var response = await forwarder.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync(body, HttpJson.Plain.KeyDocument, cancellationToken)
            ?? throw new JsonException("the answer is nothing");
    }
}
