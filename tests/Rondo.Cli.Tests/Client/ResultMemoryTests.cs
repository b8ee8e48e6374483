using System.Net;
using Rondo.Client;

namespace Rondo.Cli.Tests.Client;

/// <summary>A result that is read whole is in memory once.</summary>
public sealed class ResultMemoryTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ReadAll_OfALargeResult_TakesAsMuchMemoryAsItHas(bool tellsLength)
    {
        var bytes = new byte[(24 << 20) + 7];
        new Random(1).NextBytes(bytes);
        using var client = new RondoClient(new RondoClientOptions { Handler = new AtOnce(bytes, tellsLength) });
        await using var result = await client.OpenResultAsync("k7q2-1", TimeLimit.Token);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var reading = result.ReadAllAsync(TimeLimit.Token);

        // All of it comes at once, so that this thread alone has read it. A little is for each read; what doubles would take three times as much.
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(reading.IsCompleted);
        Assert.InRange(allocated, bytes.Length, bytes.Length + (8 << 20));
        Assert.Equal(bytes, await reading);
    }

    private sealed class AtOnce(byte[] bytes, bool tellsLength) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StreamContent(new MemoryStream(bytes)),
                RequestMessage = request,
            };
            response.Content.Headers.ContentLength = tellsLength ? bytes.Length : null;
            return Task.FromResult(response);
        }
    }
}
