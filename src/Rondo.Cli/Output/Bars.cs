namespace Rondo.Cli;

/// <summary>Amounts as rows of small signs.</summary>
internal static class Bars
{
    /// <summary>A sign for each slot, filled where a job runs; a share of them when there are many.</summary>
    public static string Slots(int running, int slots, int max)
    {
        var width = Math.Min(slots, max);
        var full = slots == 0 ? 0 : Math.Clamp((int)Math.Ceiling((double)running * width / slots), 0, width);
        return new string('■', full) + new string('·', width - full);
    }

    /// <summary>The full and the empty part of a bar as wide as asked for.</summary>
    public static (string Full, string Empty) Part(long part, long whole, int width)
    {
        var full = whole <= 0 ? 0 : (int)Math.Clamp(part * width / whole, 0, width);
        return (new string('━', full), new string('─', width - full));
    }
}
