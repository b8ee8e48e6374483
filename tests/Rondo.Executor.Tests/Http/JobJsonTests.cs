using System.Text;
using System.Text.Json;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Tests.Http;

/// <summary>A large job that another executor has to take is in memory once, as it was decoded: it becomes JSON again while it is sent.</summary>
public sealed class JobJsonTests
{
    private const int InputBytes = (12 << 20) + 1;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("stdinBase64", false)]
    [InlineData("stdinBase64", true)]
    [InlineData("payloadBase64", true)]
    [InlineData("payload", false)]
    [InlineData("payload", true)]
    [InlineData("stdin", false)]
    [InlineData("stdin", true)]
    public async Task LargeJob_ForAnotherExecutor_IsWrittenInPiecesAndMeansTheSame(string field, bool isOfAnArray)
    {
        var json = Line(field, isOfAnArray);
        var expected = JobRequestReader.Read(json);
        var kept = json.ToArray();
        var request = JobRequestReader.ReadKept(kept);
        var terms = isOfAnArray ? JobRequest.OfIndex(request.ToTerms(), 4) : request.ToTerms();
        using var sent = new Sink(json.Length + 1024);
        Pool.Empty(json.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var line = isOfAnArray ? JobLine.Of(request.Json(kept), terms) : request.Json(kept);
        using var content = new JobsContent([line], "\n"u8.ToArray());
        var sending = content.CopyToAsync(sent, Cancellation);

        // The sink takes all at once, so that this thread alone has written it.
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(sending.IsCompletedSuccessfully);
        Assert.InRange(allocated, 0, 2 << 20);
        Assert.True(content.Headers.ContentLength is var length && (length is null ? field == "stdin" : length == sent.Length));

        // A connection may have to be made anew: it is the same a second time.
        using var again = new Sink(json.Length + 1024);
        await content.CopyToAsync(again, Cancellation);
        Assert.True(sent.Written.SequenceEqual(again.Written));

        var arrived = JobRequestReader.Read(sent.Written[..^1]);
        Assert.True(expected.ToContent().Input.Span.SequenceEqual(arrived.ToContent().Input.Span));
        Assert.Equal(isOfAnArray ? 4 : null, arrived.Index);
        Assert.Equal(isOfAnArray ? terms.IdempotencyKey : "k", arrived.IdempotencyKey);
        Assert.Equal("n", arrived.Name);
        Assert.Equal(terms.WithDigest(request.ToContent()), arrived.ToTerms().WithDigest(arrived.ToContent()));
    }

    private static byte[] Line(string field, bool isArray)
    {
        var input = new byte[InputBytes];
        new Random(1).NextBytes(input);
        // Each second character is of two bytes, so that pieces end within one, and others are escaped.
        var text = field == "stdin" ? string.Concat(Enumerable.Repeat("xä\n\"😀", InputBytes / 10)) : Convert.ToBase64String(input);
        var doer = field.StartsWith("payload", StringComparison.Ordinal) ? "\"handler\":\"h\"" : "\"command\":[\"cat\"]";
        var array = isArray ? ",\"array\":\"3-5\"" : "";
        return Encoding.UTF8.GetBytes(
            $"{{{doer},\"{field}\":{JsonSerializer.Serialize(text)},\"name\":\"n\",\"idempotencyKey\":\"k\"{array}}}"
        );
    }

    /// <summary>Has room for all from the beginning.</summary>
    private sealed class Sink(int room) : MemoryStream(new byte[room], 0, room, writable: true, publiclyVisible: true)
    {
        public new long Length => Position;

        public ReadOnlySpan<byte> Written => GetBuffer().AsSpan(0, (int)Position);
    }
}
