using System.Reflection;

namespace Rondo.Cli;

/// <summary>Which Rondo this is.</summary>
internal static class Versions
{
    /// <summary>Without the commit that builds add behind a plus.</summary>
    public static string Own { get; } =
        typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? "0.0.0";
}
