using System.IO.Pipelines;
using System.Threading.Channels;
using Rondo.Core;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// One batch on its way: lines are read and submitted while earlier ones are still committed, and answered in their order. A bad line
/// is answered with its error and stops nothing. A client that follows its jobs is told how each ended, in the order of their ends.
/// </summary>
/// <remarks>
/// Answers wait in memory while the client does not read: a client that sends everything before it reads anything would otherwise wait
/// for us while we wait for it. <see cref="MaxLines"/> bounds their number, and <see cref="ResultsMaxBytes"/> the results in them.
/// </remarks>
internal sealed class Batch : IAnswered
{
    /// <summary>The most jobs of one batch.</summary>
    public const int MaxLines = 1_000_000;

    /// <summary>The most lines that are submitted and not answered yet.</summary>
    public const int MaxInFlight = 4_096;

    /// <summary>With so many bytes of long lines that are not on the disk yet, a batch reads no further.</summary>
    public const long LongMaxInFlight = 16L << 20;

    /// <summary>The most bytes of results that wait for the client; what comes beyond it is told without its result, which the job keeps.</summary>
    public const long ResultsMaxBytes = 64L << 20;

    private readonly ExecutorLoop _loop;
    private readonly LineForwarder _forwarder;
    private readonly HomeJobs _jobs;
    private readonly BodyBudget _bodies;
    private readonly ByteBudget.Share _share;
    private readonly bool _follow;
    private readonly CancellationToken _cancellationToken;
    private readonly Lock _gate = new();
    private readonly Channel<bool> _news = WakeUps();
    private readonly Channel<bool> _room = WakeUps();
    private readonly BatchGraph _graph = new();

    private readonly KeyedLines _keyed;

    // What the long lines count that are not answered yet.
    private readonly Dictionary<long, long> _long = [];

    private readonly ArrayLines _arrays = new();

    private List<BatchItem> _items = [];
    private RequestId _first;
    private long _resultBytes;
    private long _longInFlight;
    private int _inFlight;
    private int _toEnd;
    private bool _hasAllLines;
    private Answer.Refused? _over;

    // Each line has a number, and each job of an array has one of its own.
    private long _numbers;
    private long _lines;

    /// <param name="share">What counts the lines that are kept until they are answered.</param>
    public Batch(
        ExecutorLoop loop,
        LineForwarder forwarder,
        HomeJobs jobs,
        BodyBudget bodies,
        ByteBudget.Share share,
        bool follow,
        CancellationToken cancellationToken
    )
    {
        (_loop, _forwarder, _jobs, _bodies, _share) = (loop, forwarder, jobs, bodies, share);
        (_follow, _cancellationToken) = (follow, cancellationToken);
        _keyed = new KeyedLines(ForwardAsync);
    }

    /// <summary>Reads the lines, submits them, and answers.</summary>
    public Task RunAsync(LineReader lines, PipeWriter client, CancellationTokenSource ended) =>
        RunAsync(() => ReadAsync(lines), client, ended);

    /// <summary>Submits an array, as if it were the only line.</summary>
    /// <exception cref="HttpProblem">Not all of its jobs were taken.</exception>
    public async Task<ArrayLine> RunAsync(JobRequest request, ReadOnlyMemory<byte> json, CancellationTokenSource ended)
    {
        var array = AddArray(request.Array!.Count, bytes: 0);
        await RunAsync(() => SubmitAsync(array.First, request, request.ToTerms(), json), PipeWriter.Create(Stream.Null), ended);
        return (array.Problem ?? (_over is { } over ? HttpProblem.Refused(over) : null)) is { } problem
            ? throw array.Incomplete(problem)
            : array;
    }

    private async Task RunAsync(Func<Task> submit, PipeWriter client, CancellationTokenSource ended)
    {
        _first = _loop.Open(this);
        try
        {
            await foreach (var part in Task.WhenEach(SubmitAllAsync(submit), AnswerAsync(client)))
            {
                if (!part.IsCompletedSuccessfully)
                {
                    // One part that fails ends the other; its own failure is what the client sees.
                    await ended.CancelAsync();
                    await part;
                }
            }
        }
        finally
        {
            _loop.Close(_first);
        }
    }

    /// <inheritdoc/>
    void IAnswered.Answer(long number, Answer answer)
    {
        lock (_gate)
        {
            switch (answer)
            {
                case Answer.Ended ended:
                    _toEnd--;
                    var size = ended.Outcome.Output.Result.Length;
                    var fits = size <= AnswerWriter.ResultMaxBytes && _resultBytes + size <= ResultsMaxBytes;
                    _resultBytes += fits ? size : 0;
                    _items.Add(new BatchItem(number, answer, null, fits));
                    break;
                case Answer.Elsewhere elsewhere:
                    _keyed.Forward(number, elsewhere.Owner);
                    break;
                case Answer.Submitted { IsKnown: true } known when _follow:
                    Settle(number, answer, known.Id, null);
                    _ = Task.Run(() => FollowKnownAsync(number, known.Id));
                    break;
                case Answer.Submitted submitted:
                    Settle(number, answer, submitted.Id, null);
                    break;
                case Answer.Refused refused:
                    Settle(number, answer, null, HttpProblem.Refused(refused));
                    break;
                case Answer.Unreachable unreachable:
                    Settle(number, answer, null, HttpProblem.Unavailable(unreachable.Executor, unreachable.Message));
                    break;
                default:
                    throw new System.Diagnostics.UnreachableException();
            }

            _news.Writer.TryWrite(true);
        }
    }

    /// <inheritdoc/>
    void IAnswered.End(Answer.Refused why)
    {
        lock (_gate)
        {
            _over = why;
            _news.Writer.TryWrite(true);
            _room.Writer.TryWrite(true);
        }
    }

    /// <summary>A line has its id or its problem. Called under the gate.</summary>
    private void Settle(long number, Answer? answer, JobId? id, HttpProblem? problem)
    {
        _inFlight--;
        if (_keyed.Remove(number) is > 0 and var kept)
        {
            _share.Give(kept);
        }

        if (_long.Remove(number, out var counted))
        {
            _longInFlight -= counted;
            _share.Give(counted);
        }

        _toEnd += _follow && id is not null ? 1 : 0;
        if (_arrays.Of(number) is not { } array)
        {
            _items.Add(new BatchItem(number, answer, problem));
            _graph.Answered(number, id is { } taken ? [taken] : []);
        }
        else if (id is { } taken)
        {
            array.Taken(number, taken, answer is Answer.Submitted { IsKnown: true });
            EndArray(array);
        }
        else
        {
            array.Refused(problem!, 1);
            EndArray(array);
        }

        _news.Writer.TryWrite(true);
        _room.Writer.TryWrite(true);
    }

    /// <summary>Nothing more is to come for an array, perhaps. Called under the gate.</summary>
    private void EndArray(ArrayLine array)
    {
        if (array.IsOver)
        {
            _share.Give(array.Bytes);
            _items.Add(new BatchItem(array.First, null, array.Problem is { } problem ? array.Incomplete(problem) : null) { Array = array });
            _graph.Answered(array.First, array.Problem is null ? array.Ids : []);
        }
    }

    private ArrayLine AddArray(int count, long bytes)
    {
        lock (_gate)
        {
            // The line has a number already.
            var array = new ArrayLine(Math.Max(_numbers - 1, 0), count) { Bytes = bytes };
            _numbers = array.First + count;
            _arrays.Add(array);
            return array;
        }
    }

    private async Task ForwardAsync(Member owner, IReadOnlyList<ForwardedLine> lines, IReadOnlyList<JobJson> json)
    {
        var next = 0;
        try
        {
            await _forwarder.SubmitAsync(owner, json, Answered, _follow ? NoMore : null, _cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
        finally
        {
            for (; next < lines.Count; next++)
            {
                lines[next].Answered.TrySetResult();
            }
        }

        void Answered(Answer.Submitted? submitted, HttpProblem? problem)
        {
            var line = lines[next++];
            lock (_gate)
            {
                Settle(line.Number, submitted, submitted?.Id, problem);
            }

            line.Answered.TrySetResult();
        }
    }

    /// <summary>The job of a repetition is followed like any other, from where it is.</summary>
    private async Task FollowKnownAsync(long number, JobId id)
    {
        try
        {
            var view = await _jobs.FindAsync(id, _cancellationToken);
            while (!view.IsFinal)
            {
                view = await _jobs.NewsAsync(view, _cancellationToken);
            }

            ((IAnswered)this).Answer(number, new Answer.Ended(id, OutcomeOf(view, _jobs.Output(id))));
        }
        catch (HttpProblem)
        {
            // It is of another home, or this executor stops: the client asks by itself.
            NoMore(null);
        }
        catch (OperationCanceledException)
        {
            // The client left.
        }
    }

    private static Outcome OutcomeOf(JobView view, JobOutput output) =>
        new()
        {
            End = view.State switch
            {
                JobState.Succeeded => JobEnd.Succeeded,
                JobState.Cancelled => JobEnd.Cancelled,
                _ => JobEnd.Failed,
            },
            Reason = view.Reason,
            Error = view.Error,
            ExitCode = view.ExitCode,
            Output = output,
        };

    /// <summary>The last that is told of a job that is not followed here; null when even that is not known.</summary>
    private void NoMore(byte[]? ended)
    {
        lock (_gate)
        {
            _toEnd--;
            if (ended is not null)
            {
                _items.Add(new BatchItem(0, null, null) { Ended = ended });
            }

            _news.Writer.TryWrite(true);
        }
    }

    private async Task ReadAsync(LineReader lines)
    {
        while (_over is null && await lines.ReadAsync(_cancellationToken) is { } line)
        {
            _lines++;
            var number = _numbers++;
            if (number == MaxLines)
            {
                Add(number, HttpProblem.TooLarge($"a batch has at most {MaxLines} jobs; send the rest in another one"));
                break;
            }

            if (line.IsBlank)
            {
                Add(number, null);
                _share.Give(line.Counted);
            }
            else
            {
                await SubmitAsync(number, line);
            }

            line = default;
            while (!MayReadOn())
            {
                await _room.Reader.ReadAsync(_cancellationToken);
            }
        }

        await SubmitGraphAsync();
    }

    private bool MayReadOn()
    {
        lock (_gate)
        {
            return _longInFlight < LongMaxInFlight || _over is not null;
        }
    }

    private async Task SubmitAllAsync(Func<Task> submit)
    {
        await submit();
        lock (_gate)
        {
            _hasAllLines = true;
            _news.Writer.TryWrite(true);
        }
    }

    /// <summary>Hands in the lines that name each other, each once those before it have their ids.</summary>
    private async Task SubmitGraphAsync()
    {
        lock (_gate)
        {
            _graph.Begin();
        }

        while (_over is null)
        {
            long number;
            JobRequest request;
            ReadOnlyMemory<byte> json;
            lock (_gate)
            {
                while (_graph.TryTakeRefused(out var refused, out var problem))
                {
                    _items.Add(new BatchItem(refused, null, problem) { Array = _arrays.Of(refused) });
                }

                _news.Writer.TryWrite(true);
                if (!_graph.IsOpen)
                {
                    return;
                }

                if (!_graph.TryTake(out number, out request, out json))
                {
                    number = -1;
                }
            }

            if (number < 0)
            {
                await _room.Reader.ReadAsync(_cancellationToken);
                continue;
            }

            JobTerms terms;
            try
            {
                terms = request.ToTerms(_graph.Resolve);
            }
            catch (HttpProblem problem)
            {
                Add(number, problem);
                continue;
            }

            await SubmitAsync(number, request, terms, json);
        }
    }

    private async Task SubmitAsync(long number, Line line)
    {
        if (line.IsTooLong)
        {
            Add(number, HttpProblem.TooLarge("the line is longer than a job may be"));
            return;
        }

        if (line.IsTurnedAway)
        {
            Add(number, _bodies.Full());
            return;
        }

        JobRequest request;
        JobTerms terms;

        // The line is gone with the next one, unless it is a long one.
        ReadOnlyMemory<byte> kept = default;
        var counted = line.Counted;
        try
        {
            request = await ReadAsync(line);
            kept = request.HasKey || request.Array is not null || BatchGraph.Concerns(request) ? Keep(line) : default;
            if (request.Array is { } indexes)
            {
                if (number + indexes.Count > MaxLines)
                {
                    throw HttpProblem.TooLarge($"a batch has at most {MaxLines} jobs; send the array in another one");
                }

                // With others that name each other it counts until the batch is over.
                AddArray(
                    indexes.Count,
                    BatchGraph.Concerns(request) ? 0
                        : line.IsKept ? counted
                        : kept.Length
                );
                counted = 0;
            }

            if (BatchGraph.Concerns(request))
            {
                lock (_gate)
                {
                    _graph.Add(number, _lines, request, kept);
                }

                return;
            }

            terms = request.ToTerms();
        }
        catch (HttpProblem problem)
        {
            Add(number, problem);
            _share.Give(counted);
            return;
        }

        if (counted > 0)
        {
            lock (_gate)
            {
                _long.Add(number, counted);
                _longInFlight += counted;
            }
        }

        await SubmitAsync(number, request, terms, kept);
    }

    private async ValueTask<JobRequest> ReadAsync(Line line)
    {
        if (!line.IsKept)
        {
            return JobRequestReader.Read(line.Bytes.Span);
        }

        using (await _bodies.LargeTurnAsync(_cancellationToken))
        {
            return JobRequestReader.ReadKept(line.Kept);
        }
    }

    /// <summary>A line that stays as it is, and counts while it is kept.</summary>
    /// <exception cref="HttpProblem">There is no room for it now.</exception>
    private ReadOnlyMemory<byte> Keep(Line line) =>
        line.IsKept ? line.Bytes
        : _share.TryTake(line.Bytes.Length) ? line.Bytes.ToArray()
        : throw _bodies.Full();

    /// <summary>Hands in a job, or all jobs of an array.</summary>
    private async Task SubmitAsync(long number, JobRequest request, JobTerms terms, ReadOnlyMemory<byte> json)
    {
        var content = request.ToContent();
        if (request.Array is not { } indexes)
        {
            await SubmitAsync(number, request, terms.WithDigest(content), content, json);
            return;
        }

        for (var i = 0; i < indexes.Count && !IsRefused(number, indexes.Count - i); i++)
        {
            var one = JobRequest.OfIndex(terms, indexes[i]).WithDigest(content);
            await SubmitAsync(number + i, request, one, content, json);
        }
    }

    /// <summary>True when a job of the array was refused: the rest is not tried.</summary>
    private bool IsRefused(long number, int rest)
    {
        lock (_gate)
        {
            var array = _arrays.Of(number)!;
            if (array.Problem is not { } problem)
            {
                return _over is not null;
            }

            array.Refused(problem, rest);
            EndArray(array);
            _news.Writer.TryWrite(true);
            _room.Writer.TryWrite(true);
            return true;
        }
    }

    private async ValueTask SubmitAsync(long number, JobRequest request, JobTerms terms, JobContent content, ReadOnlyMemory<byte> json)
    {
        var submit = new Input.Submit(new RequestId(_first.Value + number), terms, content, _follow);
        if (request.HasKey)
        {
            var isItself = request.Array is null && !BatchGraph.Concerns(request);
            lock (_gate)
            {
                // A long line counts as such already.
                var bytes = isItself && !_long.ContainsKey(number) ? json.Length : 0;
                _keyed.Keep(
                    number,
                    isItself ? () => request.Json(json) : () => JobLine.Of(request.Json(json), terms),
                    terms.IdempotencyKey,
                    bytes
                );
            }
        }

        while (!TryEnter())
        {
            await _room.Reader.ReadAsync(_cancellationToken);
        }

        await _loop.AskWhenRoomAsync(submit, this, _cancellationToken);
    }

    // Holds at most one: whoever wakes looks at everything.
    private static Channel<bool> WakeUps() =>
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private bool TryEnter()
    {
        lock (_gate)
        {
            if (_inFlight >= MaxInFlight && _over is null)
            {
                return false;
            }

            _inFlight++;
            return true;
        }
    }

    /// <summary>A line is answered with its problem, or not at all.</summary>
    private void Add(long number, HttpProblem? problem)
    {
        lock (_gate)
        {
            _items.Add(new BatchItem(number, null, problem) { Array = _arrays.Of(number) });
            _graph.Answered(number, []);
            _news.Writer.TryWrite(true);
        }
    }

    private async Task AnswerAsync(PipeWriter client)
    {
        using var answers = new BatchAnswers(client);
        List<BatchItem> taken = [];
        while (true)
        {
            bool last;
            lock (_gate)
            {
                (taken, _items) = (_items, taken);
                last = _over is not null || (_hasAllLines && _inFlight == 0 && _toEnd == 0);
            }

            if (taken.Count > 0)
            {
                var results = answers.Write(taken);
                taken.Clear();
                lock (_gate)
                {
                    _resultBytes -= results;
                }

                await client.FlushAsync(_cancellationToken);
            }
            else if (last)
            {
                // When this executor stops, what was not taken in is told so.
                answers.WriteRest(_numbers, number => Refused(number, _over!));
                await client.FlushAsync(_cancellationToken);
                return;
            }
            else
            {
                await _news.Reader.ReadAsync(_cancellationToken);
            }
        }
    }

    private BatchItem Refused(long number, Answer.Refused refused)
    {
        var problem = HttpProblem.Refused(refused);
        lock (_gate)
        {
            return _arrays.Of(number) is { } array
                ? new BatchItem(number, refused, array.Incomplete(problem)) { Array = array }
                : new BatchItem(number, refused, problem);
        }
    }
}
