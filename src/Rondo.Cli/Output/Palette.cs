using Rondo.Client;
using Spectre.Console;

namespace Rondo.Cli;

/// <summary>What things look like, everywhere the same.</summary>
internal static class Palette
{
    public static Style Plain { get; } = Style.Plain;

    public static Style Bold { get; } = new(decoration: Decoration.Bold);

    public static Style Dim { get; } = new(decoration: Decoration.Dim);

    public static Style Good { get; } = new(Color.Green);

    public static Style Bad { get; } = new(Color.Maroon);

    public static Style Odd { get; } = new(Color.Olive);

    public static Style Busy { get; } = new(Color.Teal);

    /// <summary>The colour of a job's, an executor's or a check's state.</summary>
    public static Style State(string state) =>
        state switch
        {
            "succeeded" or "alive" or "ok" => Good,
            "failed" or "suspected" or "killed" => Bad,
            "cancelled" or "draining" or "warning" => Odd,
            "running" => Busy,
            "scheduled" => Dim,
            _ => Plain,
        };

    public static Style State(JobState state) => State(state.ToWord());
}
