using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Rondo.Core;
using Rondo.Executor.Crons;
using Rondo.Executor.Tests.Http;
using Rondo.Executor.Tests.Whole;

namespace Rondo.Executor.Tests.Crons;

/// <summary>What goes wrong while crons fire is tried again, and ends neither the clock nor its stop.</summary>
public sealed class CronClockTests
{
    private static readonly DateTimeOffset _start = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FaultyClock _time = new(_start);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("nonsense", false)]
    [InlineData("{}", false)]
    [InlineData("""{"id":""", true)]
    public async Task Firing_WhoseAnswerFromAnotherHomeCannotBeRead_IsTriedAgain(string broken, bool breaksOff)
    {
        var submits = 0;
        await using var executor = await LoopWithPeer.StartAsync(async context =>
        {
            if (context.Request.Path != "/v1/jobs")
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
            }
            else if (Interlocked.Increment(ref submits) > 1)
            {
                await context.Response.WriteAsync("""{"id":"m3xd-7"}""");
            }
            else
            {
                await context.Response.WriteAsync(broken);
                await context.Response.Body.FlushAsync();
                if (breaksOff)
                {
                    context.Abort();
                }
            }
        });
        var view = await executor.Ring.RingAsync(Cancellation);
        var cap = Enumerable.Range(0, 100).Select(i => $"k{i}").First(key => view.KeeperOf(key).Id == LoopWithPeer.Peer);

        var cron = await FireAsync(executor, $$"""{"handler":"noop","concurrency":{"key":"{{cap}}","max":1} }""");

        Assert.Equal(JobId.Parse("m3xd-7"), cron.LastJob);
        Assert.Equal(2, submits);
    }

    [Fact]
    public async Task Firing_WhoseKeyAnotherExecutorMayHaveThatDoesNotAnswer_IsTriedAgain()
    {
        var asked = 0;
        await using var executor = await LoopWithPeer.StartAsync(
            NotFoundAsync,
            hasKeys: true,
            find => new Input.KeyFound(find.Key, null, Interlocked.Increment(ref asked) == 1 ? LoopWithPeer.Peer : null)
        );

        var cron = await FireAsync(executor, """{"handler":"noop"}""");

        Assert.Equal(LoopWithPeer.Self, cron.LastJob!.Value.Home);
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Firing_ThatFailsInAWayThatNobodyThoughtOf_IsTriedAgain()
    {
        await using var executor = await LoopWithPeer.StartAsync(NotFoundAsync);
        _time.Faults = 3;

        var cron = await FireAsync(executor, """{"handler":"noop"}""");

        Assert.Equal(LoopWithPeer.Self, cron.LastJob!.Value.Home);
        Assert.Equal(0, _time.Faults);
    }

    /// <summary>Keeps an hourly cron that belongs here, and lets the time go on until it has fired; the clock can be stopped then.</summary>
    private async Task<Cron> FireAsync(LoopWithPeer executor, string job)
    {
        var crons = new CronJobs(executor.Loop, executor.Ring, LoopWithPeer.Self, _time);
        var log = NullLogger<CronClock>.Instance;
        var copies = new CronCopies(crons, executor.Ring, executor.Forwarder, LoopWithPeer.Self, _time, log);
        var view = await executor.Ring.RingAsync(Cancellation);
        var name = Enumerable.Range(0, 100).Select(i => $"c{i}").First(name => view.KeeperOf(name).Id == LoopWithPeer.Self);
        var definition = Encoding.UTF8.GetBytes($$"""{"cron":"0 * * * *","missed":"once","job":{{job}} }""");

        await using var clock = new CronClock(executor.Loop, crons, copies, executor.Forwarder, LoopWithPeer.Self, _time, log);
        clock.Start();
        await crons.KeepAsync(new Cron(name, definition, _start.AddHours(-1), _start.AddHours(-1)), Cancellation);
        await TestRing.UntilAsync(async () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return (await crons.AllAsync(Cancellation)).Single().Cron.LastJob is not null;
        });
        return (await crons.AllAsync(Cancellation)).Single().Cron;
    }

    private static Task NotFoundAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>A clock that cannot be read for some times.</summary>
    private sealed class FaultyClock(DateTimeOffset start) : FakeTimeProvider(start)
    {
        private int _faults;

        public int Faults
        {
            get => Volatile.Read(ref _faults);
            set => Volatile.Write(ref _faults, value);
        }

        public override DateTimeOffset GetUtcNow() =>
            Faults > 0 && Interlocked.Decrement(ref _faults) >= 0 ? throw new InvalidOperationException("no clock") : base.GetUtcNow();
    }
}
