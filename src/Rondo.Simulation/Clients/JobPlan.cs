using System.Buffers.Binary;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What a job will do when it runs. The runner finds it by the number in the job's content.</summary>
internal sealed record JobPlan(int Number, long Duration, bool Succeeds, bool Poison, JobTerms Terms, int Padding)
{
    /// <summary>Padding of large jobs: shared, since nobody changes it.</summary>
    private static readonly byte[] Ballast = new byte[256 * 1024];

    /// <summary>It is ended by its time limit.</summary>
    public bool TimesOut => Terms.TimeLimit is { } limit && Duration > limit.Timeout.Ticks;

    /// <summary>How long an attempt takes.</summary>
    public long RunTime => TimesOut ? Terms.TimeLimit!.Timeout.Ticks : Duration;

    /// <summary>How long it takes with all of its retries and waits.</summary>
    public long LongestTime
    {
        get
        {
            var retries = Terms.Retries is { } policy ? policy.Max * (Duration + (policy.MaxBackoff.Ticks * 2)) : 0;
            return Duration + retries + (Terms.Start is StartTime.After after ? after.Delay.Ticks : 0);
        }
    }

    public JobContent ToContent()
    {
        var definition = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(definition, Number);
        return new JobContent(definition, Ballast.AsMemory(0, Padding));
    }

    public static int NumberOf(JobContent content) => BinaryPrimitives.ReadInt32LittleEndian(content.Definition.Span);
}
