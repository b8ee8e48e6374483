namespace Rondo.Simulation;

/// <summary>A promise was broken.</summary>
internal sealed class Violation : Exception
{
    public Violation(string message)
        : base(message) { }

    public Violation(string message, Exception cause)
        : base(message, cause) { }

    public static void Unless(bool holds, string message)
    {
        if (!holds)
        {
            throw new Violation(message);
        }
    }

    /// <summary>Builds its text only when it is needed: for checks that run at every event.</summary>
    public static void Unless<T1, T2>(bool holds, string format, T1 first, T2 second)
    {
        if (!holds)
        {
            throw new Violation(string.Format(format, first, second));
        }
    }

    /// <inheritdoc cref="Unless{T1, T2}"/>
    public static void Unless<T1, T2, T3>(bool holds, string format, T1 first, T2 second, T3 third)
    {
        if (!holds)
        {
            throw new Violation(string.Format(format, first, second, third));
        }
    }
}
