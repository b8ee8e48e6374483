using Rondo.Client;
using Spectre.Console;

namespace Rondo.Cli;

/// <summary>A job's history, with the time since its beginning.</summary>
internal static class TrailTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<TrailEntry>? trail)
    {
        if (trail is not { Count: > 0 })
        {
            return;
        }

        var lines = new DataTable { Indent = 2 };
        foreach (var entry in trail)
        {
            lines.Add(
                new("+" + Durations.Format(entry.At - trail[0].At), Palette.Dim),
                new(entry.Event, Palette.Bold),
                entry.Executor,
                entry.Detail
            );
        }

        console.WriteLine();
        console.WriteLine("trail", Palette.Dim);
        lines.Write(console);
    }
}
