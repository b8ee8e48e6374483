using System.Diagnostics;

namespace Rondo.Client;

public sealed partial class RondoClient
{
    /// <summary>The ring as the executor that answers knows it.</summary>
    public async Task<RingStatus> RingAsync(CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync("v1/ring", default, cancellationToken);
        return await Answers.ReadAsync(response, ClientJson.Default.RingStatus, cancellationToken);
    }

    /// <summary>
    /// Has an executor leave in order: it takes no more jobs, hands over what waits and finishes what runs. Asking again does no harm.
    /// </summary>
    /// <param name="timeout">How long to wait until nothing is left there; null for as long as it takes.</param>
    /// <returns>What stays there once nothing is left that another executor can do; null when the time was over first: it goes on draining.</returns>
    public async Task<DrainedExecutor?> DrainAsync(string executor, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            var left = timeout is { } limit ? limit - waited.Elapsed : LongPoll;
            var wait = TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 0, LongPoll.TotalMilliseconds));
            using var response = await _sender.RepeatablePostAsync(
                $"{ExecutorPath(executor)}:drain?wait={WaitText.Format(wait)}",
                wait,
                cancellationToken
            );
            var answer = await Answers.ReadAsync(response, ClientJson.Default.ExecutorAnswer, cancellationToken);
            if (answer.State == "drained")
            {
                return new DrainedExecutor(answer.Scheduled, answer.NextAt, answer.Crons) { Waiting = answer.Waiting };
            }

            if (waited.Elapsed >= timeout)
            {
                return null;
            }
        }
    }

    /// <summary>Removes an executor that will never return: the homes of jobs that it held take them back.</summary>
    /// <exception cref="RondoException">It is alive (<c>urn:rondo:still_alive</c>, 409) and to be drained instead, among others.</exception>
    public async Task RemoveAsync(string executor, CancellationToken cancellationToken = default) =>
        (await _sender.RepeatablePostAsync($"{ExecutorPath(executor)}:remove", default, cancellationToken)).Dispose();

    private static string ExecutorPath(string id) => "v1/executors/" + Uri.EscapeDataString(id);
}
