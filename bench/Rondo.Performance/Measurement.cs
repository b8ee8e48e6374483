namespace Rondo.Performance;

/// <summary>What is run.</summary>
internal enum Subject
{
    /// <summary>The published executable.</summary>
    Native,

    /// <summary>The build that compiles itself while it runs.</summary>
    Jit,

    /// <summary>A loop in C that starts processes.</summary>
    SpawnLimit,
}

/// <summary>Something to be measured by a process of its own that prints its figures.</summary>
/// <param name="Id">What the report calls it.</param>
/// <param name="Arguments">Behind <c>rondo bench</c>; or a count for the limit of spawning processes.</param>
internal sealed record Measurement(string Id, string Arguments, Subject Subject = Subject.Native)
{
    /// <summary>A round takes them in this order, so that each stands close to the limit that it is compared with.</summary>
    public static IReadOnlyList<Measurement> All { get; } =
    [
        new("throughput", "throughput --jobs 200000"),
        new("throughput-jit", "throughput --jobs 200000", Subject.Jit),
        new("throughput-one", "throughput --jobs 200000 --to one"),
        new("latency", "latency --jobs 1000"),
        new("commands", "throughput --kind command --jobs 3000"),
        new("spawn-limit", "3000 4", Subject.SpawnLimit),
        new("token", "token --jobs 100000 --duration 4s"),
        new("burst", "burst"),
        new("balance", "balance --duration 15s"),
        new("start", "start --jobs 30"),
        new("overload", "overload --jobs 100000"),
        new("latency-rate-1000", "latency --jobs 400 --rate 1000"),
        new("latency-rate-5000", "latency --jobs 400 --rate 5000"),
        new("latency-rate-10000", "latency --jobs 400 --rate 10000"),
        new("latency-rate-20000", "latency --jobs 400 --rate 20000"),
        new("part-1", "throughput --jobs 20000 --part 1"),
        new("part-10", "throughput --jobs 50000 --part 10"),
        new("part-100", "throughput --jobs 100000 --part 100"),
        new("part-1000", "throughput --jobs 200000 --part 1000"),
        new("executors-2", "throughput --jobs 100000 --executors 2"),
        new("executors-8", "throughput --jobs 100000 --executors 8"),
        new("executors-16", "throughput --jobs 100000 --executors 16"),
    ];

    /// <summary>A rate that a slow machine cannot keep up: the chart ends before it there.</summary>
    public bool MayBeTooMuch => Arguments.Contains("--rate", StringComparison.Ordinal);

    /// <summary>The same in a second or two each: it shows that all of it works, and its figures mean nothing.</summary>
    public Measurement Small() =>
        this with
        {
            Arguments =
                Subject == Subject.SpawnLimit
                    ? "20 2"
                    : Arguments.Split(" --jobs")[0].Split(" --duration")[0]
                        + (
                            Id is "burst" ? ""
                            : Id is "overload" ? " --jobs 6000"
                            : " --jobs 40"
                        )
                        + " --duration 1s",
        };
}

/// <summary>The process that measures did not end well, and said why on its standard error.</summary>
internal sealed class FailedRunException(string message) : Exception(message);
