using System.Buffers;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>What the client is to be told of a line of a batch, or of the end of its job.</summary>
/// <param name="Number">The number of the line's first job among all of the batch.</param>
internal readonly record struct BatchItem(long Number, Answer? Answer, HttpProblem? Problem, bool WithResult = false)
{
    /// <summary>The line in which another executor says how a job ended; null for all else.</summary>
    public byte[]? Ended { get; init; }

    /// <summary>The array of the line; null when it is a single job.</summary>
    public ArrayLine? Array { get; init; }
}

/// <summary>Writes what a batch comes to: lines are answered in their order, and the ends of jobs as they come.</summary>
internal sealed class BatchAnswers(IBufferWriter<byte> client) : IDisposable
{
    private readonly AnswerWriter _writer = new(client);

    // Of lines that come after some that are not answered yet.
    private readonly PriorityQueue<BatchItem, long> _early = new();
    private long _next;
    private long _line;

    /// <summary>Writes what can be written now.</summary>
    /// <returns>How many bytes of results were among them.</returns>
    public long Write(List<BatchItem> items)
    {
        var results = 0L;
        foreach (var item in items)
        {
            if (item.Ended is { } told)
            {
                _writer.Write(told);
            }
            else if (item.Answer is Answer.Ended ended)
            {
                _writer.Write(ended, item.WithResult);
                results += item.WithResult ? ended.Outcome.Output.Result.Length : 0;
            }
            else
            {
                _early.Enqueue(item, item.Number);
                while (_early.TryPeek(out _, out var number) && number == _next)
                {
                    WriteNext(_early.Dequeue());
                }
            }
        }

        return results;
    }

    /// <summary>Nothing more will be answered: the lines up to a number that were not are told so.</summary>
    public void WriteRest(long numbers, Func<long, BatchItem> refused)
    {
        while (_next < numbers)
        {
            WriteNext(_early.TryPeek(out _, out var number) && number == _next ? _early.Dequeue() : refused(_next));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    private void WriteNext(BatchItem item)
    {
        _line++;
        if (item.Problem is { } problem)
        {
            _writer.Write(problem, _line);
        }
        else if (item.Array is { } array)
        {
            _writer.Write(array);
        }
        else if (item.Answer is Answer.Submitted submitted)
        {
            _writer.Write(submitted);
        }

        _next += item.Array?.Count ?? 1;
    }
}
