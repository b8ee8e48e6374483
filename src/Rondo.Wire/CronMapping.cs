using Rondo.Core;

namespace Rondo.Wire;

/// <summary>Crons as the store keeps them.</summary>
internal static class CronMapping
{
    public static V1.CronKeptRecord ToWire(Cron cron)
    {
        var wire = new V1.CronKeptRecord
        {
            Name = cron.Name,
            Definition = Field.Bytes(cron.Definition),
            SetAt = cron.SetAt.UtcTicks,
            Through = cron.Through.UtcTicks,
        };
        if (cron.FiredFor is { } firedFor)
        {
            wire.FiredFor = firedFor.UtcTicks;
        }

        if (cron.LastJob is { } job)
        {
            wire.LastJob = JobMapping.ToWire(job);
        }

        wire.CopyOf = Field.TextOrNone(cron.CopyOf ?? default);
        return wire;
    }

    public static Cron FromWire(V1.CronKeptRecord wire) =>
        new(
            wire.Name,
            wire.Definition.Memory,
            Field.Time(wire.SetAt, "set at"),
            Field.Time(wire.Through, "through"),
            Field.Time(wire.HasFiredFor, wire.FiredFor, "fired for"),
            wire.LastJob is null ? null : JobMapping.FromWire(wire.LastJob)
        )
        {
            CopyOf = Field.ExecutorOrNone(wire.CopyOf, "copy of") is { IsNone: false } keeper ? keeper : null,
        };
}
