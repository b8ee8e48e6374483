using System.IO.Pipelines;
using System.Threading.Channels;
using Rondo.Core;
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
    /// <summary>The most lines of one batch.</summary>
    public const int MaxLines = 1_000_000;

    /// <summary>The most lines that are submitted and not answered yet.</summary>
    public const int MaxInFlight = 4_096;

    /// <summary>The most bytes of results that wait for the client; what comes beyond it is told without its result, which the job keeps.</summary>
    public const long ResultsMaxBytes = 64L << 20;

    private readonly ExecutorLoop _loop;
    private readonly bool _follow;
    private readonly CancellationToken _cancellationToken;
    private readonly Lock _gate = new();
    private readonly Channel<bool> _news = WakeUps();
    private readonly Channel<bool> _room = WakeUps();
    private List<Item> _items = [];
    private RequestId _first;
    private long _resultBytes;
    private int _inFlight;
    private int _toEnd;
    private bool _hasAllLines;
    private Answer.Refused? _over;
    private long _lines;

    public Batch(ExecutorLoop loop, bool follow, CancellationToken cancellationToken) =>
        (_loop, _follow, _cancellationToken) = (loop, follow, cancellationToken);

    /// <summary>Reads the lines, submits them, and answers.</summary>
    public async Task RunAsync(LineReader lines, PipeWriter client, CancellationTokenSource ended)
    {
        _first = _loop.Open(this);
        try
        {
            await foreach (var part in Task.WhenEach(ReadAsync(lines), AnswerAsync(client)))
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
    void IAnswered.Answer(long number, Answer answer, bool alone)
    {
        lock (_gate)
        {
            if (answer is Answer.Ended ended)
            {
                _toEnd--;
                var size = ended.Outcome.Output.Result.Length;
                var fits = size <= AnswerWriter.ResultMaxBytes && _resultBytes + size <= ResultsMaxBytes;
                _resultBytes += fits ? size : 0;
                _items.Add(new Item(number, answer, null, fits));
            }
            else
            {
                _inFlight--;
                _toEnd += _follow && answer is Answer.Submitted ? 1 : 0;
                _items.Add(
                    answer switch
                    {
                        Answer.Refused refused => Refused(number, refused),
                        Answer.Elsewhere elsewhere => new Item(
                            number,
                            answer,
                            HttpProblem.Unavailable(elsewhere.Owner.Id, $"only {elsewhere.Owner.Id} can take a job of this key")
                        ),
                        Answer.Unreachable unreachable => new Item(
                            number,
                            answer,
                            HttpProblem.Unavailable(unreachable.Executor, unreachable.Message)
                        ),
                        _ => new Item(number, answer, null),
                    }
                );
                _room.Writer.TryWrite(true);
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

    private async Task ReadAsync(LineReader lines)
    {
        while (_over is null && await lines.ReadAsync(_cancellationToken) is { } line)
        {
            var number = _lines++;
            if (number == MaxLines)
            {
                Add(number, HttpProblem.TooLarge($"a batch has at most {MaxLines} lines; send the rest in another one"));
                break;
            }

            if (line.IsBlank)
            {
                Add(number, null);
            }
            else
            {
                await SubmitAsync(number, line);
            }
        }

        lock (_gate)
        {
            _hasAllLines = true;
            _news.Writer.TryWrite(true);
        }
    }

    private async ValueTask SubmitAsync(long number, Line line)
    {
        if (line.IsTooLong)
        {
            Add(number, HttpProblem.TooLarge("the line is longer than a job may be"));
            return;
        }

        Input.Submit submit;
        try
        {
            var request = JobRequestReader.Read(line.Bytes.Span);
            submit = new Input.Submit(new RequestId(_first.Value + number), request.ToTerms(), request.ToContent(), _follow);
        }
        catch (HttpProblem problem)
        {
            Add(number, problem);
            return;
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

    private void Add(long number, HttpProblem? problem)
    {
        lock (_gate)
        {
            _items.Add(new Item(number, null, problem));
            _news.Writer.TryWrite(true);
        }
    }

    private async Task AnswerAsync(PipeWriter client)
    {
        using var writer = new AnswerWriter(client);
        var early = new PriorityQueue<Item, long>(); // Errors of lines that come after some that are not answered yet.
        var next = 0L;
        List<Item> taken = [];
        while (true)
        {
            bool last;
            lock (_gate)
            {
                (taken, _items) = (_items, taken);
                last = _over is not null || (_hasAllLines && _inFlight == 0 && _toEnd == 0);
            }

            foreach (var item in taken)
            {
                if (item.Answer is Answer.Ended ended)
                {
                    writer.Write(ended, item.WithResult);
                    continue;
                }

                early.Enqueue(item, item.Number);
                while (early.TryPeek(out _, out var number) && number == next)
                {
                    Write(writer, early.Dequeue());
                    next++;
                }
            }

            if (taken.Count > 0)
            {
                Forget(taken);
                await client.FlushAsync(_cancellationToken);
            }
            else if (last)
            {
                WriteRest(writer, early, next);
                await client.FlushAsync(_cancellationToken);
                return;
            }
            else
            {
                await _news.Reader.ReadAsync(_cancellationToken);
            }
        }
    }

    private static void Write(AnswerWriter writer, Item item)
    {
        if (item.Answer is Answer.Submitted submitted)
        {
            writer.Write(submitted);
        }
        else if (item.Problem is { } problem)
        {
            writer.Write(problem, item.Number + 1);
        }
    }

    /// <summary>When this executor stops, what was not taken in is told so.</summary>
    private void WriteRest(AnswerWriter writer, PriorityQueue<Item, long> early, long next)
    {
        for (; next < _lines; next++)
        {
            Write(writer, early.TryPeek(out _, out var number) && number == next ? early.Dequeue() : Refused(next, _over!));
        }
    }

    private static Item Refused(long number, Answer.Refused refused) => new(number, refused, HttpProblem.Refused(refused));

    private void Forget(List<Item> taken)
    {
        var bytes = 0L;
        foreach (var item in taken)
        {
            bytes += item is { Answer: Answer.Ended ended, WithResult: true } ? ended.Outcome.Output.Result.Length : 0;
        }

        taken.Clear();
        lock (_gate)
        {
            _resultBytes -= bytes;
        }
    }

    /// <summary>What the client is to be told of a line, or of the end of its job.</summary>
    private readonly record struct Item(long Number, Answer? Answer, HttpProblem? Problem, bool WithResult = false);
}
