using Microsoft.Extensions.Logging;
using Rondo.Core;

namespace Rondo.Executor.Hosting;

/// <summary>What an executor logs of its own start and end.</summary>
internal static partial class HostLog
{
    [LoggerMessage(
        4001,
        LogLevel.Information,
        "{Id} ({Name}), incarnation {Incarnation}, answers clients at {Listen} and executors at {Ring}; data in {Directory}"
    )]
    public static partial void Started(
        ILogger logger,
        ExecutorId id,
        string name,
        Incarnation incarnation,
        string listen,
        string ring,
        string directory
    );

    [LoggerMessage(4002, LogLevel.Information, "Stopping: running jobs have {Grace} to end")]
    public static partial void Stopping(ILogger logger, string grace);

    [LoggerMessage(4003, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(4004, LogLevel.Critical, "{What}")]
    public static partial void Failed(ILogger logger, string what, Exception? error);
}
