using Microsoft.Win32.SafeHandles;

namespace Rondo.Cli;

/// <summary>What a command line finds around itself. Tests give their own.</summary>
internal sealed record Surroundings
{
    public required Stream Input { get; init; }

    /// <summary>The input as a file that can be read from where it stands as often as it takes; null when it is none.</summary>
    public Func<FileStream?> InputFile { get; init; } = static () => null;

    public required Stream Output { get; init; }

    public required Stream Error { get; init; }

    public required Interrupts Interrupts { get; init; }

    public required Func<string, string?> Environment { get; init; }

    public bool OutputIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>After what time of silence a person wonders what a command waits for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Columns of the terminal; without one nothing is cut.</summary>
    public Func<int> Width { get; init; } = () => int.MaxValue;

    /// <summary>Lines of the terminal.</summary>
    public Func<int> Height { get; init; } = () => int.MaxValue;

    public static Surroundings OfProcess(Interrupts interrupts)
    {
        var isClosed = StandardInput.IsClosed();
        return new()
        {
            Input = new StandardInput(isClosed ? null : Console.OpenStandardInput()),
            InputFile = isClosed ? static () => null : OpenInputFile,
            Output = OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardOutput(),
            Error = Console.OpenStandardError(),
            Interrupts = interrupts,
            Environment = System.Environment.GetEnvironmentVariable,
            OutputIsTerminal = !Console.IsOutputRedirected && IsCapable(),
            ErrorIsTerminal = !Console.IsErrorRedirected && IsCapable(),
            Width = () => Console.IsOutputRedirected && Console.IsErrorRedirected ? int.MaxValue : OfTerminal(Console.WindowWidth, 20, 80),
            Height = () => Console.IsOutputRedirected && Console.IsErrorRedirected ? int.MaxValue : OfTerminal(Console.WindowHeight, 8, 24),
        };
    }

    /// <summary>Colours and living pictures are an addition for terminals, and refused by NO_COLOR (no-color.org).</summary>
    public bool IsOutputFancy => OutputIsTerminal && IsFancyWanted;

    /// <summary>The same for standard error.</summary>
    public bool IsErrorFancy => ErrorIsTerminal && IsFancyWanted;

    private bool IsFancyWanted => string.IsNullOrEmpty(Environment("NO_COLOR"));

    private static FileStream? OpenInputFile()
    {
        var handle = new SafeFileHandle(0, ownsHandle: false);
        try
        {
            return Console.IsInputRedirected && new FileStream(handle, FileAccess.Read, bufferSize: 0) is { CanSeek: true } file
                ? file
                : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // There is no input, or it cannot be read: the stream says so.
            return null;
        }
    }

    /// <summary>Terminals over a serial line, and those that a program made, may know no size: 80 by 24 is what all others take then.</summary>
    private static int OfTerminal(int told, int least, int usual) => told > 0 ? Math.Max(least, told) : usual;

    private static bool IsCapable() =>
        !OperatingSystem.IsWindows() && System.Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";
}
