namespace Rondo.Core;

/// <summary>
/// The versions of what executors say to each other. A ring of two releases works as long as no executor is given what it would
/// misunderstand: it ignores a field that it does not know, and with it what a job's client asked for.
/// </summary>
public static class RingProtocol
{
    /// <summary>The newest version that this build speaks. Raise it with every term that the executor which runs a job has to know.</summary>
    public const int Newest = 2;

    /// <summary>The lowest version at which an executor runs a job with these terms as they say. What only its home needs does not count.</summary>
    public static int Of(JobTerms terms) => terms.TimeLimit is null && terms.Index is null ? 1 : 2;
}
