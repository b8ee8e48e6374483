using System.Globalization;

namespace Rondo.Executor.Tests.Running;

/// <summary>What the system says of processes.</summary>
internal static class ProcessTable
{
    /// <summary>True while a process runs; false for one that has ended, also before its parent took notice.</summary>
    public static bool IsAlive(int pid) => Stat(pid) is { State: not ("Z" or "X") };

    /// <summary>The children of a process whose command line has a text in it.</summary>
    public static IReadOnlyList<int> ChildrenOf(int parent, string commandPart) =>
        [
            .. All()
                .Where(pid =>
                    Stat(pid) is { } stat && stat.Parent == parent && CommandLine(pid).Contains(commandPart, StringComparison.Ordinal)
                ),
        ];

    /// <summary>The live processes whose command line has a text in it, except executors that were told to run it.</summary>
    public static IReadOnlyList<int> With(string commandPart) =>
        [
            .. All()
                .Where(pid =>
                    CommandLine(pid) is var line
                    && line.Contains(commandPart, StringComparison.Ordinal)
                    && !line.Contains("Rondo", StringComparison.Ordinal)
                    && IsAlive(pid)
                ),
        ];

    private static IEnumerable<int> All() =>
        from directory in Directory.GetDirectories("/proc")
        let name = Path.GetFileName(directory)
        where name.All(char.IsAsciiDigit)
        select int.Parse(name, CultureInfo.InvariantCulture);

    private static (string State, int Parent)? Stat(int pid) =>
        // The name, in parentheses, may contain anything.
        Read(pid, "stat") is { } text
        && text[(text.LastIndexOf(')') + 2)..].Split(' ') is [var state, var parent, ..]
            ? (state, int.Parse(parent, CultureInfo.InvariantCulture))
            : null;

    private static string CommandLine(int pid) => Read(pid, "cmdline") ?? "";

    private static string? Read(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (IOException)
        {
            return null; // It has ended.
        }
    }
}
