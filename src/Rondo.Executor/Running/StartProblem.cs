namespace Rondo.Executor.Running;

/// <summary>Why a command could not be started.</summary>
/// <param name="Text">For people.</param>
/// <param name="ExitCode">What a shell exits with when that happens to a command of its own; null for what is not about the program.</param>
internal sealed record StartProblem(string Text, int? ExitCode = null)
{
    /// <summary>There is no such program. As POSIX has it for shells (XCU 2.8.2), like <see cref="NotExecutable"/>.</summary>
    public const int NotFound = 127;

    /// <summary>It is there, and cannot be executed.</summary>
    public const int NotExecutable = 126;
}
