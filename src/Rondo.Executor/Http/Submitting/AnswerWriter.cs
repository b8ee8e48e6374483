using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Writes the answers of a batch, a line of JSON each.</summary>
internal sealed class AnswerWriter(IBufferWriter<byte> to) : IDisposable
{
    /// <summary>The largest result, in bytes, that is told with the end of its job; a larger one has to be asked for.</summary>
    public const int ResultMaxBytes = 64 * 1024;

    private readonly Utf8JsonWriter _json = new(
        to,
        new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }
    );

    private readonly byte[] _id = new byte[ExecutorId.MaxLength + 20];

    /// <summary>The id of a line's job.</summary>
    public void Write(Answer.Submitted submitted)
    {
        _json.WriteStartObject();
        _json.WriteString("id"u8, Text(submitted.Id));
        WriteKnown(submitted.IsKnown);
        _json.WriteEndObject();
        EndLine();
    }

    /// <summary>The ids of an array.</summary>
    public void Write(ArrayLine array)
    {
        var ids = array.Ids;
        _json.WriteStartObject();
        _json.WriteString("id"u8, Text(ids[0]));
        _json.WriteStartArray("ids"u8);
        foreach (var id in ids)
        {
            _json.WriteStringValue(Text(id));
        }

        _json.WriteEndArray();
        WriteKnown(array.IsKnown);
        _json.WriteEndObject();
        EndLine();
    }

    /// <summary>Why a line was not taken.</summary>
    public void Write(HttpProblem problem, long line)
    {
        JsonSerializer.Serialize(_json, new BatchErrorDocument(problem.ToDocument(), (int)line), HttpJson.Plain.BatchErrorDocument);
        EndLine();
    }

    /// <summary>A line that another executor wrote.</summary>
    public void Write(ReadOnlySpan<byte> line)
    {
        to.Write(line);
        to.Write("\n"u8);
    }

    /// <summary>How a job ended.</summary>
    public void Write(Answer.Ended ended, bool withResult)
    {
        var outcome = ended.Outcome;
        _json.WriteStartObject();
        _json.WriteString("id"u8, Text(ended.Id));
        _json.WriteString(
            "state"u8,
            outcome.End switch
            {
                JobEnd.Succeeded => "succeeded"u8,
                JobEnd.Failed => "failed"u8,
                JobEnd.Cancelled => "cancelled"u8,
                _ => throw new System.Diagnostics.UnreachableException(),
            }
        );
        WriteIf("reason"u8, outcome.Reason);
        WriteIf("error"u8, outcome.Error);
        if (outcome.ExitCode is { } exitCode)
        {
            _json.WriteNumber("exitCode"u8, exitCode);
        }

        WriteDropped("resultBytesDropped"u8, outcome.Output.ResultBytesDropped);
        WriteDropped("errorBytesDropped"u8, outcome.Output.ErrorBytesDropped);
        var result = outcome.Output.Result.Span;
        if (!withResult)
        {
            _json.WriteNumber("resultBytes"u8, result.Length);
        }
        else if (Utf8.IsValid(result))
        {
            _json.WriteString("result"u8, result);
        }
        else
        {
            _json.WriteBase64String("resultBase64"u8, result);
        }

        _json.WriteEndObject();
        EndLine();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void WriteKnown(bool isKnown)
    {
        if (isKnown)
        {
            _json.WriteBoolean("known"u8, true);
        }
    }

    private void WriteIf(ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            _json.WriteString(name, text);
        }
    }

    private void WriteDropped(ReadOnlySpan<byte> name, long bytes)
    {
        if (bytes > 0)
        {
            _json.WriteNumber(name, bytes);
        }
    }

    private ReadOnlySpan<byte> Text(JobId id)
    {
        id.TryFormat(_id, out var written);
        return _id.AsSpan(0, written);
    }

    private void EndLine()
    {
        _json.Flush();
        _json.Reset();
        to.GetSpan(1)[0] = (byte)'\n';
        to.Advance(1);
    }
}
