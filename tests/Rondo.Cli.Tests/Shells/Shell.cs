using System.Diagnostics;

namespace Rondo.Cli.Tests.Shells;

/// <summary>Runs real shells, with the built <c>rondo</c> on their path.</summary>
internal static class Shell
{
    /// <summary>Skips the test where the shell is not installed: <c>apt install zsh fish</c>.</summary>
    public static void Need(string program)
    {
        var isThere = Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
        Assert.SkipUnless(isThere, $"{program} is not installed");
    }

    public static async Task<Ran> RunAsync(
        string program,
        string script,
        string? folder = null,
        params (string Name, string Value)[] environment
    )
    {
        var start = new ProcessStartInfo(program)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "/",
        };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(script);
        start.Environment["PATH"] = AppContext.BaseDirectory + ":" + start.Environment["PATH"];
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeLimit.OfProcesses);
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} did not end in time.\n{await output}\n{await error}");
        }

        return new Ran(process.ExitCode, await output, await error);
    }
}
