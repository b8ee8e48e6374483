using System.Security.Cryptography;
using Rondo.Client;

namespace Rondo.Cluster.Tests;

/// <summary>What is larger than the default bounds, where the executors were told to take it.</summary>
[Collection(RealRing.ManyBytes)]
public sealed class LargestTests
{
    // Larger than all bounds by default, and than what the largest ones by default come to in one message between executors.
    private const int InputBytes = 170 << 20;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InputAndOutput_LargerThanTheDefaultBounds_GoToAnotherExecutorAndBackOverAKill()
    {
        using var ring = new RealRing();
        var home = await ring.AddAsync("--job-max", "256MiB", "--output-max", "256MiB");
        await ring.AddAsync("--job-max", "256MiB", "--output-max", "256MiB", "--label", "is=away");
        await ring.WholeAsync();
        using var client = new RondoClient($"127.0.0.1:{home.HttpPort}");
        var job = new JobRequest
        {
            Command = ["cat"],
            OpenStdin = static () => new MadeUp(InputBytes),
            Requires = new Dictionary<string, string> { ["is"] = "away" },
        };

        var id = await client.SubmitAsync(job, Cancellation);
        home.Kill();
        Assert.NotNull(await home.StartAsync());

        Assert.Equal("succeeded", (string)(await home.FinalAsync(id, Limit))["state"]!);
        await using var result = await client.OpenResultAsync(id, Cancellation);
        await using var input = new MadeUp(InputBytes);
        Assert.Equal(
            Convert.ToHexString(await SHA256.HashDataAsync(input, Cancellation)),
            Convert.ToHexString(await SHA256.HashDataAsync(result.Content, Cancellation))
        );
    }

    /// <summary>Bytes that differ at each place, as many as are wanted, and none of them in memory.</summary>
    private sealed class MadeUp(long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(count, length - Position);
            for (var i = 0; i < read; i++)
            {
                buffer[offset + i] = (byte)((Position + i) * 2_654_435_761 >> 24);
            }

            Position += read;
            return read;
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
