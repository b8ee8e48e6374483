namespace Rondo.Executor.Hosting;

/// <summary>The executor cannot start, for a reason that an operator can do something about. The message says what.</summary>
public sealed class StartupException : Exception
{
    /// <summary>With the whole message for the operator.</summary>
    public StartupException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
