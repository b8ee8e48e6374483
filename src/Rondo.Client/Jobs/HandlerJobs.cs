using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rondo.Client;

/// <summary>Jobs that handlers run, with typed payloads and results.</summary>
/// <remarks>
/// The overloads with a <see cref="JsonTypeInfo{T}"/> work in trimmed and natively compiled programs; the others find out by reflection how
/// to serialize, with camelCase names.
/// </remarks>
public static class HandlerJobs
{
    private const string Reflects = "The payload is serialized by reflection. Use the overload that takes a JsonTypeInfo.";

    /// <summary>Submits a job for a handler and returns its id, which is given out only after the job is on stable storage.</summary>
    /// <inheritdoc cref="RondoClient.SubmitAsync"/>
    /// <param name="handler">The name of the handler.</param>
    /// <param name="payload">What the handler is given.</param>
    /// <param name="type">How the payload is written.</param>
    public static Task<string> SubmitAsync<T>(
        this RondoClient client,
        string handler,
        T payload,
        JsonTypeInfo<T> type,
        CancellationToken cancellationToken = default
    ) => client.SubmitAsync(JobRequest.For(handler, payload, type), cancellationToken);

    /// <summary>Submits a job for a handler and returns its id, which is given out only after the job is on stable storage.</summary>
    /// <inheritdoc cref="RondoClient.SubmitAsync"/>
    /// <param name="handler">The name of the handler.</param>
    /// <param name="payload">What the handler is given.</param>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public static Task<string> SubmitAsync<T>(
        this RondoClient client,
        string handler,
        T payload,
        CancellationToken cancellationToken = default
    ) => client.SubmitAsync(JobRequest.For(handler, payload), cancellationToken);

    /// <summary>Waits for a job and reads its result.</summary>
    /// <param name="id">The job.</param>
    /// <param name="type">How the result is read.</param>
    /// <param name="timeout">How long to wait; null for as long as it takes.</param>
    /// <returns>The result; the default of its type when the job gave none.</returns>
    /// <exception cref="RondoJobException">The job failed or was cancelled.</exception>
    /// <exception cref="TimeoutException">The time was over first; the job goes on.</exception>
    /// <exception cref="JsonException">The result is something else.</exception>
    public static async Task<T?> ResultAsync<T>(
        this RondoClient client,
        string id,
        JsonTypeInfo<T> type,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        await using var result = await OpenResultAsync(client, id, timeout, cancellationToken);
        return await ReadAsync(result, json => JsonSerializer.DeserializeAsync(json, type, cancellationToken), cancellationToken);
    }

    /// <inheritdoc cref="ResultAsync{T}(RondoClient, string, JsonTypeInfo{T}, TimeSpan?, CancellationToken)"/>
    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    public static async Task<T?> ResultAsync<T>(
        this RondoClient client,
        string id,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        await using var result = await OpenResultAsync(client, id, timeout, cancellationToken);
        return await ReadAsync(
            result,
            json => JsonSerializer.DeserializeAsync<T>(json, JsonSerializerOptions.Web, cancellationToken),
            cancellationToken
        );
    }

    /// <summary>Waits for a job and reads its result as bytes: what a handler returned, or what a command wrote to its standard output.</summary>
    /// <exception cref="RondoJobException">The job failed or was cancelled.</exception>
    /// <exception cref="TimeoutException">The time was over first; the job goes on.</exception>
    /// <param name="id">The job.</param>
    /// <param name="timeout">How long to wait; null for as long as it takes.</param>
    public static async Task<byte[]> ResultBytesAsync(
        this RondoClient client,
        string id,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default
    )
    {
        await using var result = await OpenResultAsync(client, id, timeout, cancellationToken);
        return await result.ReadAllAsync(cancellationToken);
    }

    private static async ValueTask<T?> ReadAsync<T>(JobResult result, Func<Stream, ValueTask<T?>> read, CancellationToken cancellationToken)
    {
        if (result.Length is > 0)
        {
            return await read(result.Content);
        }

        var bytes = await result.ReadAllAsync(cancellationToken);
        return bytes.Length == 0 ? default : await read(new MemoryStream(bytes));
    }

    private static async Task<JobResult> OpenResultAsync(
        RondoClient client,
        string id,
        TimeSpan? timeout,
        CancellationToken cancellationToken
    )
    {
        var job = await client.WaitAsync(id, timeout, cancellationToken);
        if (!job.IsFinal)
        {
            throw new TimeoutException($"job {id} is {job.State.ToWord()} after {timeout}");
        }

        if (job.State != JobState.Succeeded)
        {
            throw new RondoJobException(job);
        }

        return await client.OpenResultAsync(id, cancellationToken);
    }

    internal static JsonElement ToElement<T>(T payload, JsonTypeInfo<T> type) => JsonSerializer.SerializeToElement(payload, type);

    [RequiresUnreferencedCode(Reflects)]
    [RequiresDynamicCode(Reflects)]
    internal static JsonElement ToElement<T>(T payload) => JsonSerializer.SerializeToElement(payload, JsonSerializerOptions.Web);
}
