using System.IO.Pipelines;
using System.Text.Json;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Hands lines of batches in at the executors that their keys belong to.</summary>
internal sealed class LineForwarder(Forwarder forwarder)
{
    /// <summary>The most lines of a process that wait for their ids at the same time.</summary>
    private const int MaxAtOnce = 64;

    // The result of a job is escaped or in Base64.
    private const int LineMaxBytes = (8 * AnswerWriter.ResultMaxBytes) + (64 << 10);

    private static readonly SemaphoreSlim _room = new(MaxAtOnce);

    /// <summary>Hands a line in.</summary>
    /// <param name="follow">True to be told of the end of the job as well.</param>
    /// <param name="submitted">Told of the id, and whether it was known before.</param>
    /// <returns>The line that tells of the end; null when that is not to be told, or the executor went away.</returns>
    /// <exception cref="HttpProblem">The line was not taken.</exception>
    public async Task<byte[]?> SubmitAsync(
        Member owner,
        ReadOnlyMemory<byte> line,
        bool follow,
        Action<Answer.Submitted> submitted,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post,
            new Uri($"http://{owner.RingAddress}/v1/jobs:batch{(follow ? "?results=true" : "")}")
        )
        {
            Content = new ReadOnlyMemoryContent(line),
        };
        var known = false;
        await _room.WaitAsync(cancellationToken);
        var hasRoom = true;
        try
        {
            using var response = await forwarder.SendAsync(request, cancellationToken);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
            var lines = new LineReader(PipeReader.Create(body), LineMaxBytes);
            var first = await lines.ReadAsync(cancellationToken) ?? throw new IOException("it ended the answer");
            submitted(Read(first.Bytes.Span));
            known = true;
            _room.Release();
            hasRoom = false;
            return follow && await lines.ReadAsync(cancellationToken) is { IsTooLong: false } ended ? ended.Bytes.ToArray() : null;
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            return known
                ? null
                : throw HttpProblem.Unavailable(
                    owner.Id,
                    $"executor {owner.Id}, to which the key belongs, does not answer: {error.Message}"
                );
        }
        finally
        {
            if (hasRoom)
            {
                _room.Release();
            }
        }
    }

    private static Answer.Submitted Read(ReadOnlySpan<byte> line)
    {
        var answer = JsonSerializer.Deserialize(line, HttpJson.Plain.BatchAnswerDocument);
        return answer switch
        {
            { Id: { } id } when JobId.TryParse(id, out var job) => new Answer.Submitted(job, answer.Known),
            { Error: { } error } => throw HttpProblem.Of(error),
            _ => throw new JsonException("the answer is neither an id nor an error"),
        };
    }
}
