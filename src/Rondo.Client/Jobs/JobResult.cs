using Rondo.Executor;

namespace Rondo.Client;

/// <summary>A finished job's result: what its handler returned, or its command wrote to standard output, unchanged. Disposing it closes the connection.</summary>
public sealed class JobResult : IAsyncDisposable
{
    private const int BlockBytes = 64 * 1024;

    private readonly HttpResponseMessage _response;

    internal JobResult(HttpResponseMessage response, Stream content)
    {
        _response = response;
        Content = content;
        ContentType = response.Content.Headers.ContentType?.ToString() ?? "application/octet-stream";
        State = JobStateWords.Parse(Header("Rondo-State"));
        ExitCode = int.TryParse(Header("Rondo-Exit-Code"), out var code) ? code : null;
        BytesDropped = long.TryParse(Header("Rondo-Truncated"), out var dropped) ? dropped : 0;
    }

    /// <summary>The bytes that the job wrote.</summary>
    public Stream Content { get; }

    /// <summary>The media type: that of a handler's result, <c>application/octet-stream</c> for a command's output.</summary>
    public string ContentType { get; }

    /// <summary>How the job ended.</summary>
    public JobState State { get; }

    /// <inheritdoc cref="Job.ExitCode"/>
    public int? ExitCode { get; }

    /// <summary>Bytes beyond the executor's bound for outputs, or without room on its disk, which were not kept; 0 when the result is whole.</summary>
    public long BytesDropped { get; }

    /// <summary>How many bytes it has; null when the answer does not say.</summary>
    internal long? Length => _response.Content.Headers.ContentLength;

    /// <summary>The whole of <see cref="Content"/>, which is read by it.</summary>
    public async Task<byte[]> ReadAllAsync(CancellationToken cancellationToken = default)
    {
        if (Length is { } length)
        {
            var whole = GC.AllocateUninitializedArray<byte>((int)length);
            await Content.ReadExactlyAsync(whole, cancellationToken);
            return whole;
        }

        // Something in between took the length away.
        using var begun = new GatheredBytes();
        var block = new byte[BlockBytes];
        while (await Content.ReadAsync(block, cancellationToken) is > 0 and var read)
        {
            begun.Add(block.AsSpan(0, read));
        }

        return begun.Join(default);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Content.DisposeAsync();
        _response.Dispose();
    }

    private string? Header(string name) => _response.Headers.TryGetValues(name, out var values) ? values.FirstOrDefault() : null;
}

/// <summary>What a job writes to.</summary>
public enum LogStream
{
    /// <summary>Standard output.</summary>
    Stdout,

    /// <summary>Standard error.</summary>
    Stderr,
}
