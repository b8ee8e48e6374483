using Microsoft.Extensions.Logging;
using Rondo.Core;

namespace Rondo.Executor.Http;

/// <summary>What the HTTP interface logs.</summary>
internal static partial class HttpLog
{
    [LoggerMessage(3001, LogLevel.Error, "{Method} {Path} failed")]
    public static partial void Failed(ILogger logger, string method, string path, Exception error);

    [LoggerMessage(3002, LogLevel.Debug, "{Method} {Path} could not be forwarded to {Executor}: {Why}")]
    public static partial void NotForwarded(ILogger logger, string method, string path, ExecutorId executor, string why);

    [LoggerMessage(3003, LogLevel.Debug, "The output of {Job} cannot be followed on {Holder}: {Why}")]
    public static partial void HolderLost(ILogger logger, JobId job, ExecutorId holder, string why);
}
