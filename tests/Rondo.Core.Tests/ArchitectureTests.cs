using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Rondo.Core.Tests;

/// <summary>The core is pure: its compiled code names nothing that does I/O, waits, or draws a random number.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void Core_DependsOnNoOtherRondoAssembly() =>
        Assert.DoesNotContain(
            typeof(ExecutorCore).Assembly.GetReferencedAssemblies(),
            assembly => assembly.Name!.StartsWith("Rondo.", StringComparison.Ordinal)
        );

    [Fact]
    public void Core_NamesNoImpureType()
    {
        string[] impureSpaces = ["System.IO", "System.Net", "System.Threading", "System.Diagnostics.Tracing", "Microsoft."];
        string[] impureTypes =
        [
            "System.Random",
            "System.Guid",
            "System.Environment",
            "System.TimeProvider",
            "System.Diagnostics.Stopwatch",
        ];

        var named = TypesNamedBy(typeof(ExecutorCore).Assembly.Location);

        Assert.Contains("System.TimeSpan", named);
        Assert.DoesNotContain(
            named,
            name => impureTypes.Contains(name) || impureSpaces.Any(space => name.StartsWith(space, StringComparison.Ordinal))
        );
    }

    private static HashSet<string> TypesNamedBy(string path)
    {
        using var file = new PEReader(File.OpenRead(path));
        var metadata = file.GetMetadataReader();
        return
        [
            .. metadata
                .TypeReferences.Select(metadata.GetTypeReference)
                .Select(type => $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}"),
        ];
    }
}
