using System.Globalization;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>The ring in columns, and in one line.</summary>
internal static class RingTable
{
    private const int BarMax = 12;

    public static void Write(TextWriter writer, RingStatus ring, Ink ink)
    {
        var table = new Columns("EXECUTOR", "NAME", "STATE", "RUNNING", "", "WAITING", "ADDRESS");
        foreach (var executor in ring.Executors)
        {
            table.Add(
                new(executor.Id == ring.Self ? executor.Id + " *" : executor.Id, ink.Bold),
                executor.Name,
                new(executor.State, ink.State),
                $"{executor.Running}/{executor.Slots}",
                new(Bar(executor.Running, executor.Slots), ink.Cyan),
                executor.Waiting.ToString(),
                executor.Address
            );
        }

        table.Write(writer, ink, int.MaxValue);
        writer.WriteLine();
        writer.WriteLine(Token(ring, ink));
    }

    /// <summary>One line for logs: the running and waiting counts of each executor, in the ring's order.</summary>
    public static string Line(RingStatus ring) =>
        string.Join(
            "  ",
            ring.Executors.Select(executor =>
                $"{executor.Id} {(executor.IsAlive ? "" : executor.State + " ")}{executor.Running}/{executor.Slots}+{executor.Waiting}"
            )
        )
        + "  "
        + Token(ring, Ink.None);

    /// <summary>A mark for each slot, filled where a job runs; a share of them when there are many.</summary>
    public static string Bar(int running, int slots, int max = BarMax)
    {
        var width = Math.Min(slots, max);
        var full = slots == 0 ? 0 : Math.Clamp((int)Math.Ceiling((double)running * width / slots), 0, width);
        return new string('■', full) + new string('·', width - full);
    }

    public static string Token(RingStatus ring, Ink ink)
    {
        var token = ring.Token is null
            ? ink.Dim("token not seen yet")
            : $"{ink.Dim("token")} {ring.Token.Generation} {ink.Dim("lap")} {ring.Token.Lap.ToString("N0", CultureInfo.InvariantCulture)}{LapTime(ring.Token, ink)}";
        return $"{token}  {ink.Dim("spread")} {ring.Spread}";
    }

    private static string LapTime(RingToken token, Ink ink) =>
        token.LapMs switch
        {
            null => "",
            < 10 and { } few => $" {ink.Dim("in")} {few.ToString("0.0", CultureInfo.InvariantCulture)} ms",
            { } many => $" {ink.Dim("in")} {many:0} ms",
        };
}
