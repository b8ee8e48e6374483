using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>Who sends more than an executor takes is told so, and does not see a connection that was reset.</summary>
[Collection(RealRing.ManyBytes)]
public sealed class TooLargeTests
{
    private const int Times = 20;
    private const int Bytes = 6 << 20;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("file", 200 << 20, Times)]
    [InlineData("file", Bytes, Times)]
    [InlineData("-", Bytes, Times)]
    [InlineData("-", 100 << 20, 3)]
    public async Task Submit_OfMoreThanTheExecutorTakes_SaysSoEachTime(string input, int bytes, int times)
    {
        using var ring = new RealRing();
        using var executor = ring.New("--job-max", "1MiB");
        Assert.NotNull(await executor.StartAsync());
        var file = Path.Combine(ring.Folder, "file");
        await using (var made = File.Create(file))
        {
            made.SetLength(bytes);
        }

        for (var i = 0; i < times; i++)
        {
            using var submit = Process.Start(
                new ProcessStartInfo(
                    ExecutorProcess.Rondo,
                    ["submit", "--addr", $"127.0.0.1:{executor.HttpPort}", "--stdin", input == "-" ? "-" : file, "--", "cat"]
                )
                {
                    RedirectStandardInput = true,
                    RedirectStandardError = true,
                    UseShellExecute = false,
                }
            )!;
            if (input == "-")
            {
                // A pipe: nobody knows how much will come.
                await submit.StandardInput.BaseStream.WriteAsync(new byte[bytes], Cancellation);
            }

            submit.StandardInput.Close();
            var errors = await submit.StandardError.ReadToEndAsync(Cancellation);
            await submit.WaitForExitAsync(Cancellation);

            Assert.Contains("--job-max", errors, StringComparison.Ordinal);
            Assert.Equal(1, submit.ExitCode);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Post_OfMoreThanTheExecutorTakes_ByAClientThatSendsAllFirst_IsAnswered(bool tellsLength)
    {
        using var ring = new RealRing();
        using var executor = ring.New("--job-max", "1MiB");
        Assert.NotNull(await executor.StartAsync());
        using var client = new HttpClient();
        for (var i = 0; i < Times; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, executor.Url("/v1/jobs"))
            {
                Content = new ByteArrayContent(new byte[Bytes]),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.TransferEncodingChunked = !tellsLength;

            using var response = await client.SendAsync(request, Cancellation);

            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
            var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancellation))!;
            Assert.Contains("--job-max", (string)problem["detail"]!, StringComparison.Ordinal);
        }
    }
}
