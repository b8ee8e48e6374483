using System.Diagnostics;
using Quartz;

namespace Rondo.Peers;

/// <summary>Quartz.NET, in memory or on PostgreSQL. It keeps no results: a job counts as done when it has run.</summary>
internal static class QuartzPeer
{
    private const int BatchSize = 100;

    public static async Task<TimeSpan> RunAsync(string? connection, bool commands, int count)
    {
        var builder = QuartzSchedulerBuilder.Create(quartz =>
        {
            quartz.UseDefaultThreadPool(10);
            quartz.ConfigureScheduler(options => options.MaxBatchSize = 10);
            if (connection is null)
            {
                quartz.UseInMemoryStore();
            }
            else
            {
                quartz.UsePersistentStore(store => store.UsePostgres(Npgsql.NpgsqlFactory.Instance, connection).ProvisionSchema());
            }
        });
        var scheduler = await builder.BuildScheduler();
        await scheduler.Start();
        var clock = Stopwatch.StartNew();
        for (var at = 0; at < count; at += BatchSize)
        {
            var batch = new Dictionary<IJobDetail, IReadOnlyCollection<ITrigger>>();
            for (var i = at; i < Math.Min(at + BatchSize, count); i++)
            {
                var job = commands ? JobBuilder.Create<CommandJob>().Build() : JobBuilder.Create<NoopJob>().Build();
                batch.Add(job, [TriggerBuilder.Create().StartNow().Build()]);
            }

            await scheduler.ScheduleJobs(batch);
        }

        while (Work.Done < count)
        {
            await Task.Delay(2);
        }

        var elapsed = clock.Elapsed;
        await scheduler.Shutdown(waitForJobsToComplete: true);
        return elapsed;
    }

    private sealed class NoopJob : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            Work.Noop(1);
            return ValueTask.CompletedTask;
        }
    }

    private sealed class CommandJob : IJob
    {
        public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
        {
            Work.Command();
            return ValueTask.CompletedTask;
        }
    }
}
