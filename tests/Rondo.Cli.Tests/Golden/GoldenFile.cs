using System.Runtime.CompilerServices;

namespace Rondo.Cli.Tests.Golden;

/// <summary>
/// Outputs that are kept beside the tests. <c>UPDATE_GOLDEN=1 dotnet run --project tests/Rondo.Cli.Tests -- -class '*Golden*'</c> writes
/// them anew; the difference is then looked at and committed.
/// </summary>
internal static class GoldenFile
{
    public const string UpdateVariable = "UPDATE_GOLDEN";

    public static void Check(string name, string text)
    {
        var file = Path.Combine(Folder(), name + ".txt");
        if (Environment.GetEnvironmentVariable(UpdateVariable) == "1")
        {
            File.WriteAllText(file, text);
        }

        Assert.True(File.Exists(file), $"{file} is missing: run once with {UpdateVariable}=1");
        Assert.Equal(File.ReadAllText(file), text);
    }

    private static string Folder([CallerFilePath] string source = "") => Path.GetDirectoryName(source)!;
}
