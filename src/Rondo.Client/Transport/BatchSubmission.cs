using System.Diagnostics;
using System.Globalization;

namespace Rondo.Client;

/// <summary>
/// Hands in one batch of jobs and gives out their outcomes in order. When the connection breaks in the middle, what has no outcome yet is
/// handed in again, each job under the key that it had before, so that none is lost or doubled. So it is while the executor has no room.
/// </summary>
internal sealed class BatchSubmission(Sender sender, MadeKeys keys, RondoClientOptions options, IReadOnlyList<JobText> lines)
    : IAsyncDisposable
{
    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    private readonly Repeats _repeats = new(options);
    private readonly HashSet<int> _refused = [];
    private Stopwatch? _full;
    private HttpResponseMessage? _response;
    private IAsyncEnumerator<SubmitOutcome>? _answers;
    private string? _key;

    /// <summary>True once some of them may have been accepted under the key.</summary>
    private bool _keepsKey;
    private int _given;
    private int _known;

    /// <summary>The outcome of the next job; null when all have theirs.</summary>
    /// <exception cref="RondoUncertainException">Those that have none may have been accepted or not, and nobody can tell.</exception>
    public async Task<SubmitOutcome?> NextAsync(CancellationToken cancellationToken)
    {
        while (_given < lines.Count)
        {
            try
            {
                if (await ReadAsync(cancellationToken) is { } outcome)
                {
                    return outcome;
                }
            }
            catch (RondoException failure) when (CanRepeat() && _repeats.MayBeAccepted(failure, MakesKey(lines[_given])))
            {
                keys.Forget();
                await CloseAsync();
                await _repeats.NextAsync(failure, cancellationToken);
            }
            catch (RondoException full) when (IsWorthWaiting(full))
            {
                _full ??= Stopwatch.StartNew();
                await CloseAsync();
                await Task.Delay(full.RetryAfter ?? FullPause, cancellationToken);
            }
        }

        return null;
    }

    public ValueTask DisposeAsync() => CloseAsync();

    /// <summary>The next outcome; null for one that was given out before.</summary>
    private async Task<SubmitOutcome?> ReadAsync(CancellationToken cancellationToken)
    {
        if (_answers is null)
        {
            _response = await sender.SubmitAsync("v1/jobs:batch", ContentAsync, cancellationToken);
            _keepsKey = true;
            _answers = JobLines.ReadOutcomesAsync(_response, cancellationToken).GetAsyncEnumerator(cancellationToken);
            _known = _given - _refused.Count;
        }

        if (!await _answers.MoveNextAsync())
        {
            throw new RondoUncertainException($"the executor answered for {_given} of {lines.Count} jobs of a batch");
        }

        if (_known > 0)
        {
            _known--;
            return null;
        }

        var outcome = _answers.Current;
        if (outcome.Problem is { } problem)
        {
            if ((CanRepeat() && _repeats.MayBeAccepted(problem, MakesKey(lines[_given]))) || IsWorthWaiting(problem))
            {
                throw problem;
            }

            _refused.Add(_given);
        }
        else
        {
            _full = null;
        }

        _given++;
        return outcome;
    }

    /// <summary>
    /// All but those that were refused: the client was told that they are not there. Those that were accepted are sent again as well, since
    /// others may name them.
    /// </summary>
    private async Task<HttpContent> ContentAsync(Uri address, CancellationToken cancellationToken)
    {
        if (!_keepsKey && !_repeats.IsOpen)
        {
            _key = null;
            _key = lines.Any(MakesKey) ? await keys.NewAsync(address, cancellationToken) : null;
        }

        var sent = new List<(JobText Job, string? Key)>(lines.Count);
        for (var i = 0; i < lines.Count; i++)
        {
            if (!_refused.Contains(i))
            {
                sent.Add((lines[i], MakesKey(lines[i]) ? string.Create(CultureInfo.InvariantCulture, $"{_key}/{i}") : null));
            }
        }

        return JobsContent.OfBatch(sent);
    }

    private bool MakesKey(JobText job) => options.SafeRetries && !job.HasKey && !job.IsEmpty;

    private bool CanRepeat() => options.SafeRetries || lines.Skip(_given).All(job => job.HasKey || job.IsEmpty);

    /// <summary>Room comes as jobs end: it is waited for while some do. A request that is turned away as a whole needs no keys to be sent again.</summary>
    private bool IsWorthWaiting(RondoException failure) =>
        failure.Type == ProblemTypes.Full && (_answers is null || CanRepeat()) && !(_full?.Elapsed >= options.OutageTolerance);

    private async ValueTask CloseAsync()
    {
        if (_answers is not null)
        {
            await _answers.DisposeAsync();
        }

        _response?.Dispose();
        (_answers, _response) = (null, null);
    }
}
