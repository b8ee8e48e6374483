using Hangfire;
using Hangfire.InMemory;
using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Hangfire.Redis.StackExchange;

namespace Rondo.Peers;

/// <summary>Hangfire, with one of its stores: clients and server in this process, which spares it a process boundary.</summary>
internal static class HangfirePeer
{
    private const int Submitters = 4;

    private static readonly PostgreSqlStorageOptions PostgresOptions = new() { QueuePollInterval = TimeSpan.FromMilliseconds(50) };

    public static JobStorage OnPostgres(string connection) =>
        new PostgreSqlStorage(new NpgsqlConnectionFactory(connection, PostgresOptions), PostgresOptions);

    public static JobStorage OnRedis(string connection) => new RedisStorage(connection);

    public static JobStorage InMemory() => new InMemoryStorage();

    public static TimeSpan Run(JobStorage storage, bool commands, int count)
    {
        var monitoring = storage.GetMonitoringApi();

        // A store counts a job once its result is stored. On PostgreSQL the statistics lose some now and then, and the list does not;
        // on Redis the list is cut, and the statistics are right.
        Func<long> succeeded = storage is RedisStorage ? () => monitoring.GetStatistics().Succeeded : monitoring.SucceededListCount;
        var before = succeeded();
        using var server = new BackgroundJobServer(
            new BackgroundJobServerOptions { ServerCheckInterval = TimeSpan.FromMinutes(1) },
            storage
        );
        var client = new BackgroundJobClient(storage);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        Parallel.For(
            0,
            count,
            new ParallelOptions { MaxDegreeOfParallelism = Submitters },
            i => _ = commands ? client.Enqueue(() => Work.Command()) : client.Enqueue(() => Work.Noop(i))
        );

        while (Work.Done < count || succeeded() - before < count)
        {
            Thread.Sleep(5);
        }

        return clock.Elapsed;
    }
}
