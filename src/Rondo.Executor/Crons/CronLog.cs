using Microsoft.Extensions.Logging;
using Rondo.Core;

namespace Rondo.Executor.Crons;

/// <summary>What there is to say of crons.</summary>
internal static partial class CronLog
{
    [LoggerMessage(6001, LogLevel.Warning, "{Who}: this waits, and is tried again: {Why}")]
    public static partial void Waits(ILogger logger, string who, string why);

    [LoggerMessage(6002, LogLevel.Warning, "Cron {Name} could not fire for {Scheduled:O}, and tries again: {Why}")]
    public static partial void NotFired(ILogger logger, string name, DateTimeOffset scheduled, string why);

    [LoggerMessage(6003, LogLevel.Information, "Cron {Name} left out what it missed between {From:O} and {To:O}")]
    public static partial void LeftOut(ILogger logger, string name, DateTimeOffset from, DateTimeOffset to);

    [LoggerMessage(6004, LogLevel.Information, "Cron {Name} belongs to {Owner} now, which has it")]
    public static partial void HandedOver(ILogger logger, string name, ExecutorId owner);

    [LoggerMessage(6005, LogLevel.Warning, "Cron {Name} needs {Address}, and tries again: {Why}")]
    public static partial void NotTaken(ILogger logger, string name, string address, string why);

    [LoggerMessage(6006, LogLevel.Information, "Cron {Name} goes on: {Home}, which kept it, is no longer in the ring")]
    public static partial void GoesOn(ILogger logger, string name, ExecutorId home);

    [LoggerMessage(6007, LogLevel.Warning, "The crons that {Executor} keeps could not be copied, which is tried again: {Why}")]
    public static partial void NotCopied(ILogger logger, ExecutorId executor, string why);

    [LoggerMessage(6008, LogLevel.Error, "{Who}: this failed, and is tried again")]
    public static partial void Failed(ILogger logger, string who, Exception error);
}
