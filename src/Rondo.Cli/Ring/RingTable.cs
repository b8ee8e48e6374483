using System.Globalization;
using Rondo.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rondo.Cli;

/// <summary>The ring in columns, and in one line.</summary>
internal static class RingTable
{
    private const int BarMax = 12;

    public static IRenderable Picture(RingStatus ring, int width)
    {
        var table = new DataTable("EXECUTOR", "NAME", "STATE", "RUNNING", "", "WAITING", "ADDRESS");
        foreach (var executor in ring.Executors)
        {
            table.Add(
                new(executor.Id == ring.Self ? executor.Id + " *" : executor.Id, Palette.Bold),
                executor.Name,
                new(executor.State, Palette.State(executor.State)),
                $"{executor.Running}/{executor.Slots}",
                new(Bars.Slots(executor.Running, executor.Slots, BarMax), Palette.Busy),
                executor.Waiting.ToString(),
                executor.Address
            );
        }

        return new Rows(table.ToRenderable(width), new Text(""), Token(ring));
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
        + string.Concat(TokenParts(ring).Select(part => part.Text));

    private static Paragraph Token(RingStatus ring)
    {
        var line = new Paragraph();
        foreach (var (text, style) in TokenParts(ring))
        {
            line.Append(text, style);
        }

        return line;
    }

    private static IEnumerable<(string Text, Style Style)> TokenParts(RingStatus ring)
    {
        if (ring.Token is { } token)
        {
            yield return ("token ", Palette.Dim);
            yield return ($"{token.Generation} ", Palette.Plain);
            yield return ("lap ", Palette.Dim);
            yield return (token.Lap.ToString("N0", CultureInfo.InvariantCulture), Palette.Plain);
            if (token.LapMs is { } ms)
            {
                yield return (" in ", Palette.Dim);
                yield return ($"{ms.ToString(ms < 10 ? "0.0" : "0", CultureInfo.InvariantCulture)} ms", Palette.Plain);
            }
        }
        else
        {
            yield return ("token not seen yet", Palette.Dim);
        }

        yield return ("  spread ", Palette.Dim);
        yield return (ring.Spread.ToString(CultureInfo.InvariantCulture), Palette.Plain);
    }
}
