using Rondo.Core;

namespace Rondo.Storage.Benchmarks;

/// <summary>The records of no-op jobs, as the core writes them.</summary>
internal static class Jobs
{
    private static readonly DateTimeOffset _start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static JobTerms Terms { get; } =
        new()
        {
            Kind = JobKind.Handler,
            Handler = "noop",
            Summary = "noop",
        };

    public static DateTimeOffset At(long number) => _start.AddMicroseconds(number * 10);

    public static Record.Accepted Accepted(JobId id, JobContent content) => new(id, At(id.Number), Terms with { }, content);

    public static Record.Started Started(JobId id) => new(id, At(id.Number).AddMilliseconds(1), new Attempt(1));

    public static Record.Finished Finished(JobId id, JobOutput output, JobEnd end = JobEnd.Succeeded) =>
        new(
            id,
            At(id.Number).AddMilliseconds(2),
            id.Home,
            new Attempt(1),
            0,
            At(id.Number).AddMilliseconds(1),
            new Outcome
            {
                End = end,
                Reason = end == JobEnd.Failed ? Reasons.ExitCode : null,
                Output = output,
            }
        );
}
