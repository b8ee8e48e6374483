namespace Rondo.Cli;

/// <summary>The time to wait is over, and what became of the job is not known.</summary>
internal sealed class TimeOverException(string message, Exception reason) : Exception(message, reason);
