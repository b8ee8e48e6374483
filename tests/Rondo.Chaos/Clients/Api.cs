using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Rondo.Chaos.Clients;

/// <summary>What clients say to executors. An answer that did not come is null: executors are down, cut off or paused all the time.</summary>
internal static class Api
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private static readonly HttpClient Http = new(
        new SocketsHttpHandler
        {
            ConnectTimeout = TimeSpan.FromSeconds(2),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            UseProxy = false,
        }
    )
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    public static Task<Reply?> GetAsync(Uri executor, string path, TimeSpan? patience = null) =>
        SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(executor, path)), patience);

    public static Task<Reply?> PostAsync(Uri executor, string path, string body, TimeSpan? patience = null) =>
        SendAsync(
            new HttpRequestMessage(HttpMethod.Post, new Uri(executor, path))
            {
                Content = new StringContent(body, Encoding.UTF8, "application/json"),
            },
            patience
        );

    private static async Task<Reply?> SendAsync(HttpRequestMessage request, TimeSpan? patience)
    {
        using var limit = new CancellationTokenSource(patience ?? Patience);
        using (request)
        {
            try
            {
                using var response = await Http.SendAsync(request, limit.Token);
                return new Reply(response.StatusCode, await response.Content.ReadAsStringAsync(limit.Token));
            }
            catch (Exception error) when (error is HttpRequestException or SocketException or IOException or OperationCanceledException)
            {
                return null;
            }
        }
    }
}

/// <summary>An answer that came whole.</summary>
internal sealed record Reply(HttpStatusCode Status, string Text)
{
    public bool IsGood => (int)Status is >= 200 and < 300;

    public JsonElement Json => JsonDocument.Parse(Text).RootElement;
}
