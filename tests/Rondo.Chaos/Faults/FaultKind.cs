using System.ComponentModel;

namespace Rondo.Chaos.Faults;

/// <summary>What is done to the ring.</summary>
internal enum FaultKind
{
    [Description("SIGKILL of one executor, started again on its data")]
    Kill,

    [Description("SIGKILL of several at the same time")]
    KillSeveral,

    [Description("SIGKILL of all at the same time")]
    KillAll,

    [Description("SIGKILL while it starts, and again, and again")]
    KillStarting,

    [Description("loss of power: SIGKILL, and unsynced sectors are gone by chance")]
    PowerCut,

    [Description("loss of power for all at the same time")]
    PowerCutAll,

    [Description("a write that ends half way, and the executor with it")]
    TornWrite,

    [Description("SIGTERM, an orderly stop, and a start")]
    Stop,

    [Description("SIGSTOP for less than a second")]
    PauseShort,

    [Description("SIGSTOP for longer than all time limits")]
    PauseLong,

    [Description("a sync fails with EIO")]
    SyncFails,

    [Description("syncs take 10 to 300 ms more")]
    SyncSlow,

    [Description("the disk is full")]
    DiskFull,

    [Description("nothing goes between two executors")]
    Cut,

    [Description("nothing goes from one executor to another, only back")]
    CutOneWay,

    [Description("an executor alone")]
    Isolate,

    [Description("an executor that hears no other")]
    Deaf,

    [Description("an executor that no other hears")]
    Mute,

    [Description("two groups without a word between them")]
    Partition,

    [Description("5 to 40 % of the packets to an executor are lost")]
    Loss,

    [Description("connections to an executor are reset")]
    Reset,

    [Description("everything to an executor is 20 to 200 ms late, and slow")]
    SlowLink,

    [Description("connections break in the middle")]
    BreakLink,

    [Description("the clock jumps by up to two hours, forwards or backwards")]
    ClockJump,

    [Description("removed by an operator while it is dead or stopped, and back with its data")]
    RemovedTooEarly,
}

internal static class FaultKinds
{
    /// <summary>Those that end a process by SIGKILL.</summary>
    public static IReadOnlyList<FaultKind> Kills { get; } =
    [
        FaultKind.Kill,
        FaultKind.KillSeveral,
        FaultKind.KillAll,
        FaultKind.KillStarting,
        FaultKind.PowerCut,
        FaultKind.PowerCutAll,
        FaultKind.TornWrite,
    ];

    public static IReadOnlyList<FaultKind> Pauses { get; } = [FaultKind.PauseShort, FaultKind.PauseLong];

    public static IReadOnlyList<FaultKind> Cuts { get; } =
    [FaultKind.Cut, FaultKind.CutOneWay, FaultKind.Isolate, FaultKind.Deaf, FaultKind.Mute, FaultKind.Partition];

    public static IReadOnlyList<FaultKind> Disks { get; } = [FaultKind.SyncFails, FaultKind.SyncSlow, FaultKind.DiskFull];

    public static IReadOnlyList<FaultKind> Traffic { get; } = [FaultKind.Loss, FaultKind.Reset, FaultKind.SlowLink, FaultKind.BreakLink];

    public static IReadOnlyList<FaultKind> Others { get; } = [FaultKind.Stop, FaultKind.ClockJump, FaultKind.RemovedTooEarly];

    public static IReadOnlyList<FaultKind>? TryParse(string text)
    {
        var kinds = new List<FaultKind>();
        foreach (var word in text.Split(','))
        {
            if (!Enum.TryParse<FaultKind>(word, ignoreCase: true, out var kind))
            {
                return null;
            }

            kinds.Add(kind);
        }

        return kinds;
    }

    public static string Text(this FaultKind kind) =>
        (
            (DescriptionAttribute)
                typeof(FaultKind).GetField($"{kind}")!.GetCustomAttributes(typeof(DescriptionAttribute), inherit: false)[0]
        ).Description;
}
