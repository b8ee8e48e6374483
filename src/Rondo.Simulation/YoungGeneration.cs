using System.Collections;
using System.Runtime.InteropServices;

namespace Rondo.Simulation;

/// <summary>
/// Room for what is allocated from one collection to the next: a run allocates a few megabytes and leaves nothing behind, so that rare
/// collections find hardly anything alive, and the memory stays where it is. The runtime takes the size from the environment of a process
/// alone, at its start.
/// </summary>
internal static partial class YoungGeneration
{
    private const string Setting = "DOTNET_GCgen0size";
    private const string Bytes = "0xC000000";

    /// <summary>Begins the program anew in the same process, with the room; goes on without where that cannot be.</summary>
    public static void Enlarge()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable(Setting) is not null)
        {
            return;
        }

        var environment = new List<string?>();
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            environment.Add($"{variable.Key}={variable.Value}");
        }

        _ = Execute(
            "/proc/self/exe",
            [.. File.ReadAllText("/proc/self/cmdline").Split('\0')[..^1], null],
            [.. environment, $"{Setting}={Bytes}", null]
        );
    }

    [LibraryImport("libc", EntryPoint = "execve", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Execute(string program, string?[] arguments, string?[] environment);
}
