using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Rondo.Executor.Hosting;

/// <summary>The log of an executor: one line an entry, on standard error, since standard output is for data.</summary>
internal static class ConsoleLog
{
    /// <summary>Makes the log.</summary>
    public static ILoggerFactory Create(LogLevel level) =>
        LoggerFactory.Create(log =>
        {
            log.SetMinimumLevel(level);

            // The web framework tells of every request; that is worth a line only when something is wrong, or somebody looks for a bug.
            var quiet = level is LogLevel.Information ? LogLevel.Warning : level;
            log.AddFilter("Microsoft", quiet).AddFilter("Grpc", quiet);

            // What it says of a failed start comes back as an exception, and is told in our own words.
            log.AddFilter("Microsoft.Extensions.Hosting", level > LogLevel.Debug ? LogLevel.None : level);
            log.AddSimpleConsole(format =>
            {
                format.SingleLine = true;
                format.UseUtcTimestamp = true;
                format.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                format.ColorBehavior = LoggerColorBehavior.Disabled;
            });
            log.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        });
}
