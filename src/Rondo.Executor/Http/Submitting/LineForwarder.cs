using System.IO.Pipelines;
using System.Text.Json;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Hands lines of batches in at the executors that their keys belong to.</summary>
internal sealed class LineForwarder(Forwarder forwarder)
{
    /// <summary>The most requests of a process whose lines wait for their ids at the same time.</summary>
    private const int MaxAtOnce = 64;

    // The result of a job is escaped or in Base64.
    private const int LineMaxBytes = (8 * AnswerWriter.ResultMaxBytes) + (64 << 10);

    private static readonly ReadOnlyMemory<byte> _lineEnd = "\n"u8.ToArray();

    private static readonly SemaphoreSlim _room = new(MaxAtOnce);

    /// <summary>Hands lines in, all in one request.</summary>
    /// <param name="answered">Told of the answer of each line in turn: an id, and whether it was known before, or why it was not taken.</param>
    /// <param name="ended">
    /// Told of the line that tells of the end of one of the jobs; null to be told of none. For those that are not told of, since the executor
    /// went away, it is called with null in the end.
    /// </param>
    /// <returns>Once all are answered.</returns>
    public async Task SubmitAsync(
        Member owner,
        IReadOnlyList<JobJson> lines,
        Action<Answer.Submitted?, HttpProblem?> answered,
        Action<byte[]?>? ended,
        CancellationToken cancellationToken
    )
    {
        var left = lines.Count;
        var open = 0;

        // A job may have ended before a line that comes earlier has its id: its end comes before its own id then. Several lines may be of one
        // job, each with an end.
        var early = new List<(string Id, byte[] End)>();
        var openOf = new Dictionary<string, int>(StringComparer.Ordinal);
        HttpResponseMessage? response = null;
        LineReader? answers = null;
        await _room.WaitAsync(cancellationToken);
        try
        {
            using var request = new HttpRequestMessage(
                HttpMethod.Post,
                new Uri($"http://{owner.RingAddress}/v1/jobs:batch{(ended is null ? "" : "?results=true")}")
            )
            {
                Content = new JobsContent(lines, _lineEnd),
            };
            response = await forwarder.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
            answers = new LineReader(PipeReader.Create(await response.Content.ReadAsStreamAsync(cancellationToken)), LineMaxBytes);
            while (left > 0)
            {
                var line = await answers.ReadAsync(cancellationToken) ?? throw new IOException("it ended the answer");
                var answer =
                    JsonSerializer.Deserialize(line.Bytes.Span, HttpJson.Plain.BatchAnswerDocument)
                    ?? throw new JsonException("the answer is nothing");
                switch (answer)
                {
                    case { Id: { } id, State: not null } when openOf.GetValueOrDefault(id) > 0:
                        Close(id, line.Bytes.ToArray());
                        break;
                    case { Id: { } id, State: not null }:
                        early.Add((id, line.Bytes.ToArray()));
                        break;
                    case { Id: { } id } when JobId.TryParse(id, out var job):
                        left--;
                        answered(new Answer.Submitted(job, answer.Known), null);
                        if (ended is not null)
                        {
                            open++;
                            openOf[id] = openOf.GetValueOrDefault(id) + 1;
                            if (early.FindIndex(end => end.Id == id) is >= 0 and var at)
                            {
                                Close(id, early[at].End);
                                early.RemoveAt(at);
                            }
                        }

                        break;
                    case { Error: { } error }:
                        left--;
                        answered(null, HttpProblem.Of(error));
                        break;
                    default:
                        throw new JsonException("the answer is neither an id nor an error");
                }
            }
        }
        catch (OperationCanceledException)
        {
            response?.Dispose();
            throw;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            for (; left > 0; left--)
            {
                answered(
                    null,
                    HttpProblem.Unavailable(owner.Id, $"executor {owner.Id}, to which the key belongs, does not answer: {error.Message}")
                );
            }

            answers = null;
        }
        finally
        {
            _room.Release();
            if (open == 0 || answers is null)
            {
                response?.Dispose();
            }
        }

        if (open > 0)
        {
            _ = answers is null ? EndAsync(open, ended!) : FollowAsync(response!, answers, open, ended!, cancellationToken);
        }

        void Close(string id, byte[] end)
        {
            open--;
            openOf[id]--;
            ended!(end);
        }
    }

    private static Task EndAsync(int open, Action<byte[]?> ended)
    {
        for (; open > 0; open--)
        {
            ended(null);
        }

        return Task.CompletedTask;
    }

    /// <summary>Tells of the ends of jobs, as they come.</summary>
    private static async Task FollowAsync(
        HttpResponseMessage response,
        LineReader answers,
        int open,
        Action<byte[]?> ended,
        CancellationToken cancellationToken
    )
    {
        using (response)
        {
            try
            {
                while (open > 0 && await answers.ReadAsync(cancellationToken) is { } line)
                {
                    open--;
                    ended(line.IsTooLong ? null : line.Bytes.ToArray());
                }
            }
            catch (Exception error) when (error is HttpRequestException or IOException or OperationCanceledException)
            {
                // It went away, or the client did: whoever still wants to know asks.
            }

            await EndAsync(open, ended);
        }
    }
}
