using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Tests.Http;

/// <summary>Bodies of requests in memory, whether their clients say how long they are or not.</summary>
public sealed class BodyBudgetTests
{
    private const int MaxBytes = (5 << 20) + 3;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(4 << 20)]
    [InlineData(MaxBytes)]
    public async Task Body_OfAnyLength_IsReadByteForByte(int length)
    {
        var sent = new byte[length];
        new Random(length).NextBytes(sent);
        foreach (var announced in (long?[])[length, null])
        {
            var budget = new BodyBudget(MaxBytes);
            using var share = budget.Open();

            var read = await budget.ReadAsync(Request(sent, announced), share);

            Assert.True(read.Span.SequenceEqual(sent));
            Assert.InRange(share.Taken, length, budget.MaxBytes / 8);
        }
    }

    [Fact]
    public async Task LargeBody_WithoutItsLength_IsAsLargeInMemory()
    {
        var budget = new BodyBudget(64 << 20);
        using var share = budget.Open();

        var read = await budget.ReadAsync(Request(new byte[MaxBytes], announced: null), share);

        Assert.True(MemoryMarshal.TryGetArray<byte>(read, out var array));
        Assert.Equal(MaxBytes, array.Array!.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bodies_OfTheLargestSize_FitEightTimesAndNoMore(bool areAnnounced)
    {
        var budget = new BodyBudget(MaxBytes);
        long? announced = areAnnounced ? MaxBytes : null;
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(MaxBytes, (await budget.ReadAsync(Request(new byte[MaxBytes], announced), budget.Open())).Length);
        }

        var full = await Assert.ThrowsAsync<HttpProblem>(() => budget.ReadAsync(Request(new byte[MaxBytes], announced), budget.Open()));
        Assert.Equal((int)HttpStatusCode.TooManyRequests, full.Status);
    }

    [Fact]
    public async Task Body_LargerThanAnyMayBe_IsRefused()
    {
        foreach (var announced in (long?[])[MaxBytes + 1, null])
        {
            var budget = new BodyBudget(MaxBytes);
            using var share = budget.Open();
            var refused = await Assert.ThrowsAsync<HttpProblem>(() => budget.ReadAsync(Request(new byte[MaxBytes + 1], announced), share));
            Assert.Equal((int)HttpStatusCode.RequestEntityTooLarge, refused.Status);
        }
    }

    private static DefaultHttpContext Request(byte[] body, long? announced)
    {
        var context = new DefaultHttpContext();
        context.Request.Body = new MemoryStream(body);
        context.Request.ContentLength = announced;
        return context;
    }
}
