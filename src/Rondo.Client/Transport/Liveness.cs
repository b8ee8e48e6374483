using System.Diagnostics;
using System.Net.Sockets;

namespace Rondo.Client;

/// <summary>
/// Which of several executors answer. One that is stopped, or whose machine hangs, takes connections and requests and says nothing. It is
/// told from one that takes its time by a question that every executor answers at once: whether it is alive.
/// </summary>
internal sealed class Liveness(HttpClient http, AddressBook addresses, TimeSpan responseTimeout)
{
    /// <summary>How long an executor may be silent before it is asked, and how long it then has to answer.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(2);

    /// <summary>One that lets a request wait for long is asked ever more rarely, down to this.</summary>
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(30);

    /// <summary>How long one is asked before the next one is, too: the delay that RFC 8305, section 5, recommends.</summary>
    private static readonly TimeSpan HeadStart = TimeSpan.FromMilliseconds(250);

    private readonly long[] _heardAt = new long[addresses.Count];

    /// <summary>
    /// The HTTP client lets a socket's own failure through when a connection is reset in the moment in which it is made.
    /// </summary>
    public static bool IsTransport(Exception failure) =>
        failure is HttpRequestException or SocketException or IOException or OperationCanceledException or RondoUnreachableException;

    /// <summary>The first that answers, asked in turn; those that turn out to be out of reach before are told to <paramref name="failed"/>.</summary>
    /// <returns>Null when none can be reached.</returns>
    public async Task<int?> FirstAsync(IReadOnlyList<int> candidates, Action<int, Exception> failed, CancellationToken cancellationToken)
    {
        if (candidates.Count == 1 || (candidates.Count > 1 && HeardLately(candidates[0])))
        {
            return candidates[0];
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Dictionary<Task, int> asked = [];
            var next = 0;
            while (next < candidates.Count || asked.Count > 0)
            {
                if (next < candidates.Count)
                {
                    asked.Add(AskAsync(candidates[next], responseTimeout, enough.Token), candidates[next]);
                    next++;
                }

                var any = Task.WhenAny(asked.Keys);
                await (next < candidates.Count ? Task.WhenAny(any, Task.Delay(HeadStart, enough.Token)) : any);
                if (!any.IsCompleted)
                {
                    continue;
                }

                var question = await any;
                asked.Remove(question, out var index);
                try
                {
                    await question;
                    return index;
                }
                catch (Exception failure) when (IsTransport(failure))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    failed(index, failure);
                }
            }

            return null;
        }
        finally
        {
            await enough.CancelAsync();
        }
    }

    /// <summary>
    /// An answer, or a part of one, that is on its way, for as long as whoever gives it is alive: once it has answered no question for
    /// <paramref name="tolerance"/>, <paramref name="limit"/> is cancelled, and so is what is waited for.
    /// </summary>
    public async Task<T> WatchAsync<T>(int index, Task<T> answer, TimeSpan tolerance, CancellationTokenSource limit)
    {
        var patience = Silence;
        Stopwatch? unanswered = null;
        while (!answer.IsCompleted)
        {
            await ((Task)answer.WaitAsync(patience)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var asked = Stopwatch.StartNew();
            if (answer.IsCompleted || await IsAliveAsync(index, limit.Token))
            {
                unanswered = null;
                patience = patience * 2 < SilenceMax ? patience * 2 : SilenceMax;
                continue;
            }

            unanswered ??= asked;
            patience = Silence;
            if (unanswered.Elapsed >= tolerance)
            {
                await limit.CancelAsync();
            }
        }

        return await answer;
    }

    /// <summary>It has answered.</summary>
    public void Heard(int index) => Volatile.Write(ref _heardAt[index], Stopwatch.GetTimestamp());

    private async Task<bool> IsAliveAsync(int index, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(index, Silence, cancellationToken);
            return true;
        }
        catch (Exception failure) when (IsTransport(failure))
        {
            return false;
        }
    }

    private async Task AskAsync(int index, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(patience);
        // Whatever it answers, it is there.
        using var answer = await http.GetAsync(new Uri(addresses[index], "health/live"), limit.Token);
        Heard(index);
    }

    private bool HeardLately(int index) =>
        Volatile.Read(ref _heardAt[index]) is > 0 and var heardAt && Stopwatch.GetElapsedTime(heardAt) < Silence;
}
