using System.Text;
using System.Text.Json;

namespace Rondo.Client;

/// <summary>A job as JSON, ready to be sent as often as it takes. Its input, when that is large, is not in it until it is sent.</summary>
internal sealed class JobText
{
    private readonly ReadOnlyMemory<byte> _rest;
    private readonly LargeInput? _input;

    /// <exception cref="ArgumentException">It has two inputs.</exception>
    public JobText(JobRequest job)
    {
        if (job is { OpenStdin: not null, OpenPayload: not null })
        {
            throw new ArgumentException("a job has one input: either its standard input or its payload", nameof(job));
        }

        _input = LargeInput.Of(job, out var rest);
        _rest = JsonSerializer.SerializeToUtf8Bytes(rest, RequestJson.Default.JobRequest);
        HasKey = job.IdempotencyKey is not null;
    }

    /// <summary>True when the job has an idempotency key of its own.</summary>
    public bool HasKey { get; }

    /// <summary>True for a job that says nothing at all: it is refused, and has no place for a key.</summary>
    public bool IsEmpty => _rest.Length == 2 && _input is null;

    /// <summary>About how many bytes it has.</summary>
    public long Size => _rest.Length + (_input?.Size ?? 0);

    /// <summary>Finds out how long it is, if it can be.</summary>
    /// <exception cref="RondoException">The input cannot be read.</exception>
    public void Begin() => _input?.Begin();

    /// <summary>It is not sent after all.</summary>
    public void Abandon() => _input?.Abandon();

    /// <summary>How many bytes it has; null when that shows only at its end.</summary>
    /// <param name="key">The idempotency key that it is sent with in addition; null for none.</param>
    public long? Bytes(string? key) =>
        _input is null ? Head(key).Length + _rest.Length - 1
        : _input.JsonBytes is { } input ? Head(key).Length + _rest.Length - 2 + Field(_input).Length + input + 1
        : null;

    /// <summary>Writes it.</summary>
    /// <param name="key">As for <see cref="Bytes"/>.</param>
    /// <exception cref="RondoException">The input cannot be read.</exception>
    public async ValueTask WriteAsync(Stream stream, string? key, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Head(key), cancellationToken);
        if (_input is null)
        {
            await stream.WriteAsync(_rest[1..], cancellationToken);
            return;
        }

        await stream.WriteAsync(_rest[1..^1], cancellationToken);
        await stream.WriteAsync(Field(_input), cancellationToken);
        await _input.WriteAsync(stream, cancellationToken);
        await stream.WriteAsync(_end, cancellationToken);
    }

    private static readonly byte[] _begin = "{"u8.ToArray();
    private static readonly byte[] _end = "}"u8.ToArray();

    // A made key needs no escapes.
    private static ReadOnlyMemory<byte> Head(string? key) =>
        key is null ? _begin : Encoding.UTF8.GetBytes($"{{\"idempotencyKey\":\"{key}\",");

    private ReadOnlyMemory<byte> Field(LargeInput input) => Encoding.UTF8.GetBytes($"{(_rest.Length > 2 ? "," : "")}\"{input.Name}\":");
}
