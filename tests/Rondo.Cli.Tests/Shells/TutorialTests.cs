using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;

namespace Rondo.Cli.Tests.Shells;

public sealed class TutorialTests
{
    private static readonly string[] Ports = ["7070", "7071", "7080", "7081"];

    [Fact]
    public async Task Commands_EveryOneOfThem_DoesWhatTheDocumentSays()
    {
        var tutorial = Tutorial.Read(Document("tutorial-commands.md"));
        var folder = Directory.CreateTempSubdirectory("rondo-tutorial-");
        try
        {
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
                ("NO_COLOR", "1")
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
