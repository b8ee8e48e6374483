using System.Net.Sockets;
using System.Text.Json;

namespace Rondo.Client;

/// <summary>Sends a request to the first executor that answers, and turns refusals into exceptions.</summary>
internal sealed class Sender : IDisposable
{
    /// <summary>
    /// What is longer goes out only once it is asked for: an executor that refuses it answers at once and closes the connection, and whoever still
    /// sends then would see that instead of the answer (RFC 9110, section 10.1.1).
    /// </summary>
    private const int UnaskedMaxBytes = 64 * 1024;

    /// <summary>One that does not ask within this is sent it all the same.</summary>
    private static readonly TimeSpan AskPatience = TimeSpan.FromSeconds(3);

    private readonly HttpClient _http;
    private readonly AddressBook _addresses;
    private readonly TimeSpan _responseTimeout;
    private readonly Liveness _liveness;

    public Sender(RondoClientOptions options)
    {
        _addresses = new AddressBook(options.Addresses);
        _responseTimeout = options.ResponseTimeout;
        _http = options.Handler is { } given
            ? new HttpClient(given, disposeHandler: false)
            : new HttpClient(
                new SocketsHttpHandler
                {
                    ConnectTimeout = options.ConnectTimeout,
                    PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
                    Expect100ContinueTimeout = AskPatience,
                    // Executors are reached directly: a proxy set for the web would not know them.
                    UseProxy = false,
                    AllowAutoRedirect = false,
                }
            );
        _http.Timeout = Timeout.InfiniteTimeSpan;
        _liveness = new Liveness(_http, _addresses, _responseTimeout);
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A request that may be repeated: any failure before the answer's headers leads to the next address.</summary>
    /// <param name="lastEventId">Where a stream of events goes on; null for its beginning.</param>
    public Task<HttpResponseMessage> GetAsync(
        string path,
        TimeSpan wait,
        CancellationToken cancellationToken,
        string? lastEventId = null
    ) =>
        SendAsync(
            (_, _) =>
            {
                var request = new HttpRequestMessage(HttpMethod.Get, path);
                if (lastEventId is not null)
                {
                    request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
                }

                return Task.FromResult(request);
            },
            wait,
            repeatable: true,
            cancellationToken
        );

    /// <summary>A POST that changes nothing when it is repeated.</summary>
    public Task<HttpResponseMessage> RepeatablePostAsync(string path, TimeSpan wait, CancellationToken cancellationToken) =>
        RepeatableAsync(HttpMethod.Post, path, content: null, wait, cancellationToken);

    /// <summary>A change that is the same when it is repeated.</summary>
    public Task<HttpResponseMessage> RepeatableAsync(
        HttpMethod method,
        string path,
        Func<HttpContent>? content,
        TimeSpan wait,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            (_, _) => Task.FromResult(new HttpRequestMessage(method, path) { Content = content?.Invoke() }),
            wait,
            repeatable: true,
            cancellationToken
        );

    /// <summary>A submission: repeated elsewhere only while it is certain that nobody accepted it.</summary>
    public Task<HttpResponseMessage> SubmitAsync(string path, Func<HttpContent> content, CancellationToken cancellationToken) =>
        SubmitAsync(path, (_, _) => Task.FromResult(content()), cancellationToken);

    /// <summary>As above, with what is said to each executor made for its address.</summary>
    public Task<HttpResponseMessage> SubmitAsync(
        string path,
        Func<Uri, CancellationToken, Task<HttpContent>> content,
        CancellationToken cancellationToken
    ) =>
        SendAsync(
            async (address, limit) =>
            {
                var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = await content(address, limit) };
                request.Headers.ExpectContinue = request.Content.Headers.ContentLength is not <= UnaskedMaxBytes;
                return request;
            },
            default,
            repeatable: false,
            cancellationToken
        );

    /// <summary>The id of the executor that answers at an address; null when it does not say.</summary>
    /// <exception cref="HttpRequestException">Nobody answers there.</exception>
    public async Task<string?> ExecutorAtAsync(Uri address, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(new Uri(address, "v1/ring"), cancellationToken);
        return response.IsSuccessStatusCode
            ? (await Answers.ReadAsync(response, ClientJson.Default.RingStatus, cancellationToken)).Self
            : throw await ReadRefusalAsync(response, cancellationToken);
    }

    private async Task<HttpResponseMessage> SendAsync(
        Func<Uri, CancellationToken, Task<HttpRequestMessage>> create,
        TimeSpan wait,
        bool repeatable,
        CancellationToken cancellationToken
    )
    {
        List<string> failures = [];
        Exception? last = null;
        int[] inTurn = [.. Enumerable.Range(_addresses.Preferred, _addresses.Count).Select(index => index % _addresses.Count)];
        List<int> left = [.. inTurn];
        while (await _liveness.FirstAsync([.. left], Leave, cancellationToken) is { } index)
        {
            _addresses.Preferred = index;
            var address = _addresses[index];
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Begin();
            var isSent = false;
            try
            {
                var answer = AskAsync(address, limit.Token);
                // A submission is waited for in any case: only the executor that has it knows what became of it.
                var tolerance = repeatable && left.Count > 1 ? TimeSpan.Zero : _responseTimeout;
                var response = await _liveness.WatchAsync(index, answer, tolerance, limit);
                _liveness.Heard(index);
                if (response.IsSuccessStatusCode)
                {
                    return await WatchBodyAsync(response, index);
                }

                var refusal = await ReadRefusalAsync(response, limit.Token);
                if (refusal.Type != ProblemTypes.Draining || left.Count == 1)
                {
                    throw refusal;
                }

                failures.Add($"{address.Authority} ({refusal.Message})");
                left.Remove(index);
            }
            catch (Exception failure) when (Liveness.IsTransport(failure))
            {
                // Also when the connection failed by itself at the same moment.
                cancellationToken.ThrowIfCancellationRequested();
                Leave(index, failure);
                if (!repeatable && isSent && !IsBeforeSending(failure))
                {
                    _addresses.MoveOn(index);
                    throw new RondoUncertainException(
                        $"the connection to {address.Authority} broke before its answer came: the submission may have been accepted or not",
                        failure
                    );
                }
            }

            async Task<HttpResponseMessage> AskAsync(Uri at, CancellationToken enough)
            {
                using var request = await create(at, enough);
                isSent = true;
                request.RequestUri = new Uri(at, request.RequestUri!);
                if (request.Content is { Headers.ContentLength: not <= UnaskedMaxBytes } body)
                {
                    request.Content = new WatchedContent(body, Begin);
                }

                return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, enough);
            }

            // The time for the answer counts from the end of the body, and for each piece of it, however long all of it takes.
            void Begin()
            {
                try
                {
                    limit.CancelAfter(_responseTimeout + wait);
                }
                catch (ObjectDisposedException)
                {
                    // The answer came before the end of the body, so its time is no longer counted.
                }
            }
        }

        throw new RondoUnreachableException($"no executor can be reached: {string.Join(", ", failures)}", last)
        {
            Addresses = [.. inTurn.Select(index => _addresses[index].Authority)],
        };

        void Leave(int index, Exception failure)
        {
            last = failure;
            failures.Add($"{_addresses[index].Authority} ({Reason(failure)})");
            left.Remove(index);
        }
    }

    /// <summary>
    /// An answer that has begun breaks off once the executor that gives it is not there any more. One that is merely slow is not given up:
    /// not everything can go on elsewhere.
    /// </summary>
    private async Task<HttpResponseMessage> WatchBodyAsync(HttpResponseMessage response, int index)
    {
        var begun = response.Content;
        var body = new WatchedStream(
            await begun.ReadAsStreamAsync(),
            _addresses[index].Authority,
            (read, limit) => _liveness.WatchAsync(index, read, _responseTimeout, limit)
        );
        response.Content = new StreamContent(body);
        foreach (var (name, values) in begun.Headers)
        {
            response.Content.Headers.TryAddWithoutValidation(name, values);
        }

        return response;
    }

    /// <summary>True when no connection was made, so that the executor cannot have seen the request.</summary>
    private static bool IsBeforeSending(Exception failure) =>
        failure switch
        {
            HttpRequestException http => http.HttpRequestError
                is HttpRequestError.ConnectionError
                    or HttpRequestError.NameResolutionError
                    or HttpRequestError.SecureConnectionError,
            SocketException => true,
            // The handler's own limit for connecting, as opposed to ours for the answer.
            OperationCanceledException { InnerException: TimeoutException } => true,
            _ => false,
        };

    private static string Reason(Exception failure) =>
        failure switch
        {
            HttpRequestException { InnerException: SocketException socket } => socket.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => "connection refused",
                SocketError.HostNotFound => "unknown host",
                SocketError.TimedOut => "no answer in time",
                _ => socket.Message,
            },
            OperationCanceledException => "no answer in time",
            _ => (failure.InnerException ?? failure).Message,
        };

    private static async Task<RondoException> ReadRefusalAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var answered = response;
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        var retryAfter = response.Headers.RetryAfter?.Delta;
        try
        {
            if (text.StartsWith('{') && JsonSerializer.Deserialize(text, ClientJson.Default.Problem) is { } problem)
            {
                return (problem with { Status = problem.Status ?? (int)response.StatusCode }).ToException(retryAfter);
            }
        }
        catch (JsonException)
        {
            // Not one of ours, perhaps a proxy's: the status says what there is to say.
        }

        var where = response.RequestMessage?.RequestUri?.Authority;
        return new RondoException(
            $"{where} answered {(int)response.StatusCode} {response.ReasonPhrase}, which is not an answer of an executor"
        )
        {
            Status = response.StatusCode,
            RetryAfter = retryAfter,
        };
    }
}
