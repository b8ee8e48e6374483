namespace Rondo.Core;

/// <summary>How long each attempt of a job may take.</summary>
/// <param name="Timeout">After this it is asked to end: a command by SIGTERM, a handler by its cancellation token.</param>
/// <param name="KillGrace">How much longer a command may go on before it is killed.</param>
public sealed record TimeLimit(TimeSpan Timeout, TimeSpan KillGrace)
{
    /// <summary>The grace of a job that names none.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromSeconds(5);
}
