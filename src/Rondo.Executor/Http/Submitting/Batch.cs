using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;
using Rondo.Core;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// One batch on its way: lines are read and submitted while earlier ones are still committed, and answered in their order. A bad line
/// is answered with its error and stops nothing.
/// </summary>
/// <remarks>
/// Answers wait in memory while the client does not read: a client that sends everything before it reads anything would otherwise wait
/// for us while we wait for it. An answer is some 25 bytes; <see cref="MaxLines"/> bounds them.
/// </remarks>
internal sealed class Batch(ExecutorLoop loop, CancellationToken cancellationToken)
{
    /// <summary>The most lines of one batch.</summary>
    public const int MaxLines = 1_000_000;

    /// <summary>The most lines that are submitted and not answered yet.</summary>
    public const int MaxInFlight = 1_024;

    private static readonly byte[] NewLine = [(byte)'\n'];

    private readonly Channel<Pending> _pending = Channel.CreateBounded<Pending>(
        new BoundedChannelOptions(MaxInFlight) { SingleReader = true, SingleWriter = true }
    );

    private readonly Pipe _answers = new(
        new PipeOptions(pauseWriterThreshold: 0, resumeWriterThreshold: 0, useSynchronizationContext: false)
    );

    /// <summary>Reads the lines and submits them.</summary>
    public async Task ReadAsync(LineReader lines)
    {
        var number = 0;
        while (await lines.ReadAsync(cancellationToken) is { } line)
        {
            number++;
            if (number > MaxLines)
            {
                var problem = HttpProblem.TooLarge($"a batch has at most {MaxLines} lines; send the rest in another one");
                await _pending.Writer.WriteAsync(new Pending(number, null, problem), cancellationToken);
                break;
            }

            if (!line.IsBlank)
            {
                await _pending.Writer.WriteAsync(await SubmitAsync(number, line), cancellationToken);
            }
        }

        _pending.Writer.Complete();
    }

    /// <summary>Writes the answers into memory, in order.</summary>
    public async Task AnswerAsync()
    {
        using var json = new Utf8JsonWriter(
            _answers.Writer,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }
        );
        await foreach (var pending in _pending.Reader.ReadAllAsync(cancellationToken))
        {
            var answer = pending.Answer is null ? null : await pending.Answer;
            Write(json, pending, answer);
            if (!_pending.Reader.TryPeek(out var next) || next.Answer is { IsCompleted: false })
            {
                await _answers.Writer.FlushAsync(cancellationToken);
            }
        }

        await _answers.Writer.CompleteAsync();
    }

    /// <summary>Sends the answers to the client as it takes them.</summary>
    public async Task SendAsync(PipeWriter client)
    {
        while (true)
        {
            var result = await _answers.Reader.ReadAsync(cancellationToken);
            foreach (var segment in result.Buffer)
            {
                client.Write(segment.Span);
            }

            _answers.Reader.AdvanceTo(result.Buffer.End);
            if (!result.Buffer.IsEmpty)
            {
                await client.FlushAsync(cancellationToken);
            }

            if (result.IsCompleted)
            {
                return;
            }
        }
    }

    private async ValueTask<Pending> SubmitAsync(int number, Line line)
    {
        if (line.IsTooLong)
        {
            return new Pending(number, null, HttpProblem.TooLarge("the line is longer than a job may be"));
        }

        try
        {
            var request = JobRequestReader.Read(line.Bytes.Span);
            var terms = request.ToTerms();
            var content = request.ToContent();
            return new Pending(number, await loop.AskWhenRoomAsync(id => new Input.Submit(id, terms, content), cancellationToken), null);
        }
        catch (HttpProblem problem)
        {
            return new Pending(number, null, problem);
        }
    }

    private void Write(Utf8JsonWriter json, Pending pending, Answer? answer)
    {
        json.Reset();
        switch (answer)
        {
            case Answer.Submitted submitted:
                JsonSerializer.Serialize(json, new SubmittedDocument(submitted.Id.ToString()), HttpJson.Plain.SubmittedDocument);
                break;
            default:
                var problem = answer is Answer.Refused refused ? HttpProblem.Refused(refused) : pending.Problem!;
                JsonSerializer.Serialize(
                    json,
                    new BatchErrorDocument(problem.ToDocument(), pending.Line),
                    HttpJson.Plain.BatchErrorDocument
                );
                break;
        }

        json.Flush();
        _answers.Writer.Write(NewLine);
    }

    private readonly record struct Pending(int Line, Task<Answer>? Answer, HttpProblem? Problem);
}
