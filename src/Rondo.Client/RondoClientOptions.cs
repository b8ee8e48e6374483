namespace Rondo.Client;

/// <summary>How a <see cref="RondoClient"/> reaches a ring.</summary>
public sealed record RondoClientOptions
{
    /// <summary>Where an executor listens when nothing else is said.</summary>
    public const string DefaultAddress = "127.0.0.1:7070";

    /// <summary>
    /// Addresses of executors as <c>host:port</c> or <c>http://host:port</c>, at least one. They are tried in turn, starting with the one
    /// that answered last: any executor of a ring answers for any job. Of several, nothing is sent to one that has not answered for two seconds
    /// before it has said that it is alive, and the next one is asked, too, after 250 ms. One that falls silent over a question, for two seconds
    /// and for two more in which it does not say that it is alive, counts as out of reach; one that falls silent over a submission is waited
    /// for, since it alone knows what became of it.
    /// </summary>
    public IReadOnlyList<string> Addresses { get; set; } = [DefaultAddress];

    /// <summary>How long a connection may take to open before the next address is tried.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How long an executor that is alive may take to begin its answer, beyond the wait that the request itself asks for and the time in which the
    /// request is sent; how long a long request may not get on while it is sent; and how long one that has begun may be silent in which it does not
    /// answer either when it is asked whether it is alive. Then its connection is given up.
    /// </summary>
    public TimeSpan ResponseTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long <c>WaitAsync</c>, <c>WatchAsync</c> and <c>ResultAsync</c> go on when nobody can be reached, or the job's home cannot: an executor that crashed
    /// is usually back within seconds, and the job with it. A submission whose answer did not come is repeated for as long, and so are the jobs of
    /// <see cref="RondoClient.SubmitManyAsync"/> for which there is no room.
    /// </summary>
    public TimeSpan OutageTolerance { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether a job of <see cref="RondoClient.SubmitAsync"/>, <see cref="RondoClient.SubmitArrayAsync"/> or
    /// <see cref="RondoClient.SubmitManyAsync"/> that has no idempotency key is given one: a submission whose answer does not come is then
    /// repeated at the next address, and still runs once. True by default. When false, such a submission is not repeated, and reported by a
    /// <see cref="RondoUncertainException"/>. Jobs that have a key are repeated in any case.
    /// </summary>
    public bool SafeRetries { get; set; } = true;

    /// <summary>Sends the requests; null for a handler of the client's own. A given one is not disposed by the client.</summary>
    public HttpMessageHandler? Handler { get; set; }
}
