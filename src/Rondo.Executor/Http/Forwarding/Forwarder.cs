using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Primitives;
using Rondo.Core;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Http.Forwarding;

/// <summary>
/// Passes a request on to the executor that can answer it, at its ring address (HTTP/2 without TLS), and streams the answer back.
/// </summary>
internal sealed class Forwarder(ExecutorId self, RingLookup ring, ILogger logger) : IDisposable
{
    /// <summary>Names the executor that forwarded a request: it is not forwarded twice.</summary>
    public const string Header = "Rondo-Forwarded";

    private const int BlockBytes = 64 * 1024;
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ProbePatience = TimeSpan.FromSeconds(1);

    private readonly HttpMessageInvoker _client = new(
        new SocketsHttpHandler
        {
            ConnectTimeout = ConnectPatience,
            KeepAlivePingDelay = KeepAlive,
            KeepAlivePingTimeout = KeepAlive,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
        }
    );

    /// <summary>Lets the executor answer the request.</summary>
    /// <param name="forWhat">What only this executor can do, for the client.</param>
    /// <param name="body">The body, which has been read; null for none.</param>
    /// <exception cref="HttpProblem">It does not answer.</exception>
    public async Task ForwardAsync(HttpContext context, ExecutorId to, string forWhat, HttpContent? body = null, string? path = null)
    {
        if (path is null && context.Request.Headers.TryGetValue(Header, out var from))
        {
            throw HttpProblem.Unavailable(to, $"{forWhat}, but {from} sent the request to {self}: {to} has moved; try again in a moment");
        }

        var member = await ReachAsync(to, forWhat, context.RequestAborted);
        using var request = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
            new Uri($"http://{member.RingAddress}{path ?? PathInRing(context.Request)}{context.Request.QueryString}")
        );
        if (body is not null)
        {
            request.Content = body;
            if (context.Request.Headers.TryGetValue(SubmitEndpoint.KeyHeader, out var key))
            {
                request.Headers.TryAddWithoutValidation(SubmitEndpoint.KeyHeader, (string?)key);
            }
        }

        using var response = await TrySendAsync(request, member, context, forWhat);
        CopyHead(response, context.Response);
        await CopyBodyAsync(response, context);
    }

    /// <summary>An executor that answers. One that the ring suspects may only be slow: it is asked.</summary>
    /// <param name="forWhat">What only this executor can do, for the client.</param>
    /// <exception cref="HttpProblem">There is none with this id, or it does not answer.</exception>
    public async Task<Member> ReachAsync(ExecutorId id, string forWhat, CancellationToken cancellationToken)
    {
        var found = await ring.FindAsync(id, forWhat, cancellationToken);
        return await AnswersAsync(found, cancellationToken) ? found.Member : throw Unavailable(found.Member, forWhat);
    }

    /// <summary>True unless the executor is suspected and does not answer now either.</summary>
    public async Task<bool> AnswersAsync(RingMemberView executor, CancellationToken cancellationToken)
    {
        if (executor.State != ExecutorState.Suspected)
        {
            return true;
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(ProbePatience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"http://{executor.Member.RingAddress}/health/live"));
            using var response = await SendAsync(request, patience.Token);
            return response.IsSuccessStatusCode;
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException
                || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            return false;
        }
    }

    /// <summary>Sends a request of this executor's own to another one.</summary>
    /// <exception cref="HttpRequestException">It does not answer.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Version = HttpVersion.Version20;
        request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        request.Headers.Add(Header, self.ToString());
        try
        {
            return await _client.SendAsync(request, cancellationToken);
        }
        catch (SocketException reset)
        {
            // The client lets this one through when a connection is reset in the moment in which it is made.
            throw new HttpRequestException(HttpRequestError.ConnectionError, reset.Message, reset);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>The path without what an application put before it.</summary>
    private static string PathInRing(HttpRequest request)
    {
        var path = request.SentPath();
        return path[path.LastIndexOf("/v1/", StringComparison.Ordinal)..];
    }

    private async Task<HttpResponseMessage> TrySendAsync(HttpRequestMessage request, Member member, HttpContext context, string forWhat)
    {
        try
        {
            return await SendAsync(request, context.RequestAborted);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            HttpLog.NotForwarded(logger, context.Request.Method, context.Request.Path, member.Id, error.Message);
            throw Unavailable(member, forWhat);
        }
    }

    private static HttpProblem Unavailable(Member member, string forWhat) =>
        HttpProblem.Unavailable(member.Id, $"executor {member.Id} ({member.Name}) does not answer: {forWhat}, once it is back");

    private static void CopyHead(HttpResponseMessage from, HttpResponse to)
    {
        to.StatusCode = (int)from.StatusCode;
        foreach (var (name, values) in from.Headers)
        {
            if (name.StartsWith("Rondo-", StringComparison.OrdinalIgnoreCase) || name is "Location" or "Retry-After")
            {
                to.Headers[name] = new StringValues([.. values]);
            }
        }

        to.ContentType = from.Content.Headers.ContentType?.ToString();
        to.ContentLength = from.Content.Headers.ContentLength;
    }

    private static async Task CopyBodyAsync(HttpResponseMessage from, HttpContext to)
    {
        to.AllowSlowClient();
        await using var body = await from.Content.ReadAsStreamAsync(to.RequestAborted);
        var block = new byte[BlockBytes];
        int read;
        while ((read = await body.ReadAsync(block, to.RequestAborted)) > 0)
        {
            await to.Response.Body.WriteAsync(block.AsMemory(0, read), to.RequestAborted);
            await to.Response.Body.FlushAsync(to.RequestAborted);
        }
    }
}
