using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Rondo.Executor.Hosting;

/// <summary>How an executor is to run. Checked as a whole when it starts.</summary>
public sealed record ExecutorOptions
{
    /// <summary>The longest <see cref="Name"/>, in characters.</summary>
    public const int NameMaxLength = 64;

    /// <summary>The most <see cref="Slots"/>.</summary>
    public const int MaxSlots = 10_000;

    /// <summary>The most <see cref="Join"/> addresses.</summary>
    public const int MaxJoin = 64;

    /// <summary>The most <see cref="JobMaxBytes"/> and <see cref="OutputMaxBytes"/>.</summary>
    internal const int LargestBytes = 256 << 20;

    /// <summary>What they are by default.</summary>
    internal const int DefaultLargestBytes = 64 << 20;

    /// <summary>Where everything durable is kept; made when it does not exist. One executor at a time uses it, and it is its identity.</summary>
    public string DataDirectory { get; set; } = "";

    /// <summary>A label for people, 1 to 64 printable characters; the machine's name by default.</summary>
    public string Name { get; set; } = Environment.MachineName;

    /// <summary>Where clients are answered, as host:port. Port 0 takes a free one.</summary>
    public string Listen { get; set; } = "127.0.0.1:7070";

    /// <summary>Where other executors are answered, as host:port. Port 0 takes a free one.</summary>
    public string Ring { get; set; } = "127.0.0.1:7071";

    /// <summary>Ring addresses of executors to join, as host:port; any one that is up will do.</summary>
    public IReadOnlyList<string> Join { get; set; } = [];

    /// <summary>
    /// How clients reach <see cref="Listen"/> from elsewhere, as host:port; port 0 stands for the bound port. By default the bound address;
    /// needed when that is a wildcard such as 0.0.0.0.
    /// </summary>
    public string? AdvertiseListen { get; set; }

    /// <summary>How other executors reach <see cref="Ring"/>; like <see cref="AdvertiseListen"/>.</summary>
    public string? AdvertiseRing { get; set; }

    /// <summary>
    /// True to run commands: any program on this machine, with this process's rights, for whoever can reach it. A stand-alone executor is
    /// there for that; in an application, <c>AddRondo</c> switches it off until it is switched on.
    /// </summary>
    public bool RunCommands { get; set; } = true;

    /// <summary>How many jobs run at the same time at most, 1 to 10,000; the number of processors by default.</summary>
    public int Slots { get; set; } = Environment.ProcessorCount;

    /// <summary>Its part of the load in relation to other executors' weights, 1 to 1,000.</summary>
    public int Weight { get; set; } = 1;

    /// <summary>
    /// What the executor is or has, such as <c>zone=north</c>: jobs that require a label run only where it is. At most 64, keys of up
    /// to 64 and values of up to 256 characters.
    /// </summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// How long running jobs may go on after the executor was told to stop; then they are interrupted, to run again later. 0 to 24
    /// hours; 30 seconds by default.
    /// </summary>
    public TimeSpan StopGrace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long another executor may be out of the ring before the jobs that it holds for this home are taken back: at least 1
    /// second; 10 by default.
    /// </summary>
    public TimeSpan RescueAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest request body of one job, in bytes: 1,024 to 256 MiB; 64 MiB by default.</summary>
    public int JobMaxBytes { get; set; } = DefaultLargestBytes;

    /// <summary>
    /// How many bytes are kept of what a job that runs here writes to its standard output, and as many of its standard error; and the largest
    /// result of a handler. 1,024 to 256 MiB; 64 MiB by default. What a command writes beyond it is dropped, and its result says how many bytes
    /// that were; a handler that returns more has failed.
    /// </summary>
    public int OutputMaxBytes { get; set; } = DefaultLargestBytes;

    /// <summary>The most unfinished jobs of this home, at least 1; a further one is refused. 1,000,000 by default.</summary>
    public int MaxUnfinished { get; set; } = 1_000_000;

    /// <summary>The most bytes of contents of unfinished jobs of this home, at least <see cref="JobMaxBytes"/>; 1 GiB by default.</summary>
    public long MaxUnfinishedBytes { get; set; } = 1L << 30;

    /// <summary>
    /// How long a finished job is kept with its result before it is deleted: 1 minute to 10,000 days, or
    /// <see cref="Timeout.InfiniteTimeSpan"/> for ever; 30 days by default.
    /// </summary>
    public TimeSpan KeepFinished { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// How many bytes the store may take on the disk before the oldest finished jobs are deleted, whatever their age: at least 16
    /// MiB; 64 GiB by default.
    /// </summary>
    public long KeepFinishedBytes { get; set; } = 64L << 30;

    /// <summary>What goes to the log, on standard error.</summary>
    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary>Finds everything that is wrong, not only the first thing.</summary>
    public IReadOnlyList<OptionProblem> Validate() => OptionsValidation.Check(this);
}

/// <summary>One thing that is wrong with the options.</summary>
/// <param name="Name">The option, as in <see cref="ExecutorOptions"/>.</param>
/// <param name="Value">What it is.</param>
/// <param name="Expected">What would be right.</param>
public sealed record OptionProblem(string Name, string Value, string Expected)
{
    /// <summary>One line for people.</summary>
    public override string ToString() => $"{Name} is '{Value}': expected {Expected}";
}
