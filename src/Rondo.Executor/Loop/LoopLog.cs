using Microsoft.Extensions.Logging;
using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>What goes wrong around the loop.</summary>
internal static partial class LoopLog
{
    [LoggerMessage(1101, LogLevel.Error, "What became of {Id} cannot be read; jobs that wait for it fail")]
    public static partial void NotFound(ILogger logger, JobId id, Exception error);

    [LoggerMessage(1102, LogLevel.Error, "Whether there is a job of the idempotency key {Key} cannot be read")]
    public static partial void KeyNotFound(ILogger logger, string key, Exception error);

    [LoggerMessage(1103, LogLevel.Warning, "No more jobs are taken: {Found}")]
    public static partial void NoRoom(ILogger logger, string found);

    [LoggerMessage(1104, LogLevel.Information, "Jobs are taken again: {Found}")]
    public static partial void RoomAgain(ILogger logger, string found);
}
