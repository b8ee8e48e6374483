using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Rondo.Client;

public sealed partial class RondoClient
{
    /// <summary>Asks to cancel all jobs of a group that are not final, wherever they are. They may still run in the answer.</summary>
    public async Task<GroupCancellation> CancelGroupAsync(string group, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.RepeatablePostAsync(
            $"v1/groups/{Uri.EscapeDataString(group)}:cancel",
            default,
            cancellationToken
        );
        return await Answers.ReadAsync(response, ClientJson.Default.GroupCancellation, cancellationToken);
    }

    /// <summary>The jobs of a group that have ended, and with <paramref name="follow"/> those that end from now on, as they do.</summary>
    /// <param name="follow">True to go on until <paramref name="count"/> jobs were told, or the caller stops.</param>
    /// <param name="count">How many jobs to tell at most; null for all.</param>
    /// <exception cref="RondoUnreachableException">The connection broke. Asked again, all are told again.</exception>
    /// <exception cref="RondoException">
    /// Without <paramref name="follow"/>, of the type <see cref="ProblemTypes.ExecutorUnavailable"/>: all were told but those of executors that
    /// cannot be reached.
    /// </exception>
    public async IAsyncEnumerable<GroupResult> GroupResultsAsync(
        string group,
        bool follow = false,
        long? count = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var query = $"?follow={(follow ? "true" : "false")}{(count is { } number ? $"&count={number}" : "")}";
        var wait = follow ? TimeSpan.FromDays(1) : default;
        using var response = await _sender.GetAsync($"{GroupPath(group)}/results{query}", wait, cancellationToken);
        var told = 0L;
        await foreach (var line in JobLines.ReadLinesAsync(response, cancellationToken))
        {
            yield return JsonSerializer.Deserialize(line, ClientJson.Default.GroupResult)
                ?? throw new RondoException("the executor's answer has an empty line");
            told++;
        }

        if (!follow && !(told >= count) && response.Headers.TryGetValues("Rondo-Unreachable", out var unreachable))
        {
            var executors = string.Join(',', unreachable);
            throw new RondoException($"not among the results of group '{group}': those of {executors}, which cannot be reached")
            {
                Type = ProblemTypes.ExecutorUnavailable,
                Executor = executors.Split(',')[0],
            };
        }
    }

    private static string GroupPath(string group) => "v1/groups/" + Uri.EscapeDataString(group);
}
