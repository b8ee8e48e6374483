using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Rondo.Cli.Tests.Shells;

public sealed class TutorialTests
{
    private static readonly string[] Ports = ["7070", "7071", "7080", "7081"];

    [Fact]
    public async Task Commands_EveryOneOfThem_DoesWhatTheDocumentSays() => await RunAsync("tutorial-commands.md", _ => { });

    /// <summary>Its programs refer to the projects of this repository, as they were built, in the place of the packages.</summary>
    [Fact]
    public async Task DotnetPrograms_AndEveryCommand_DoWhatTheDocumentSays() =>
        await RunAsync(
            "tutorial-dotnet.md",
            folder =>
            {
                Directory.CreateDirectory(Path.Combine(folder, "packages"));
                File.WriteAllText(
                    Path.Combine(folder, "Directory.Build.props"),
                    "<Project><PropertyGroup><BuildProjectReferences>false</BuildProjectReferences></PropertyGroup></Project>"
                );
                File.WriteAllText(
                    Path.Combine(folder, "Directory.Build.targets"),
                    $"""
                    <Project>
                      <ItemGroup>
                        <ProjectReference Include="@(PackageReference->'{Path.GetFullPath(
                        Document("../src")
                    )}/%(Identity)/%(Identity).csproj')" />
                        <PackageReference Remove="@(PackageReference)" />
                      </ItemGroup>
                    </Project>
                    """
                );
            }
        );

    private static async Task RunAsync(string document, Action<string> prepare)
    {
        var tutorial = Tutorial.Read(Document(document));
        var folder = Directory.CreateTempSubdirectory("rondo-tutorial-");
        try
        {
            prepare(folder.FullName);

            // The document's ports may be taken on this machine.
            var free = Ports.Select(_ => FreePort().ToString()).ToArray();
            var script = Ports
                .Zip(free)
                .Aggregate(
                    tutorial.ToScript(),
                    (text, pair) => text.Replace($":{pair.First}", $":{pair.Second}", StringComparison.Ordinal)
                );

            // Executors that are started in the background end with the shell.
            var ran = await Shell.RunAsync(
                "bash",
                "trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n" + script,
                folder.FullName,
                ("RONDO_ADDR", $"127.0.0.1:{free[0]}"),
                ("NO_COLOR", "1"),
                ("DOTNET_NOLOGO", "1"),
                ("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1"),
                // Nothing that was started for a build outlives it.
                ("MSBUILDDISABLENODEREUSE", "1"),
                ("UseSharedCompilation", "false")
            );

            Assert.True(tutorial.Count > 10);
            tutorial.Check(folder.FullName);
            Assert.Equal(0, ran.Code);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Document(string name, [CallerFilePath] string source = "") =>
        Path.Combine(Path.GetDirectoryName(source)!, "../../../docs", name);
}
