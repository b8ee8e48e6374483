using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rondo.Client;

/// <summary>Reads what executors answer.</summary>
internal static class Answers
{
    /// <summary>How long to wait before somebody is asked again who could not be reached.</summary>
    public static readonly TimeSpan OutagePause = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// True for a failure of a question that passes by itself: nobody is there, or the one executor that is needed is not, or it is stopping
    /// at this moment and will not be there.
    /// </summary>
    public static bool IsOutage(Exception failure) =>
        failure is RondoUnreachableException or RondoException { Type: ProblemTypes.ExecutorUnavailable or ProblemTypes.Draining };

    /// <summary>The whole answer.</summary>
    /// <exception cref="RondoUnreachableException">The connection broke in the middle of it.</exception>
    public static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var where = response.RequestMessage?.RequestUri?.Authority;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(stream, type, cancellationToken)
                ?? throw new RondoException("the executor's answer is empty");
        }
        catch (JsonException failure)
        {
            throw new RondoException($"the answer of {where} is not one of an executor: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new RondoUnreachableException($"the connection to {where} broke while it answered", failure)
            {
                Addresses = [where ?? ""],
            };
        }
    }
}
