using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Rondo.Performance;

// usage: Rondo.Performance round NATIVE JIT SPAWN RESULTS [ID...]    measures everything once, and adds it to the results
//        Rondo.Performance smoke NATIVE JIT SPAWN                    the same with few jobs; keeps nothing
//        Rondo.Performance report RESULTS DOCS                       writes DOCS/performance.md and its charts
//        Rondo.Performance peers COMPARISON                          prints the table of what bench/compare.sh measured
switch (args)
{
    case ["round", var native, var jit, var spawn, var file, .. var ids]:
        var results = Results.Open(file);
        foreach (var measurement in Measurement.All.Where(each => ids.Length == 0 || ids.Contains(each.Id)))
        {
            try
            {
                results.Add(measurement.Id, CommandOf(measurement), Run(measurement, (native, jit, spawn), Path.GetDirectoryName(file)));
                results.Save();
            }
            catch (FailedRunException failure) when (measurement.MayBeTooMuch)
            {
                Console.Error.WriteLine($"left out of this round: {failure.Message}");
            }
            catch (FailedRunException failure)
            {
                Console.Error.WriteLine($"{failure.Message}; what was measured before it is in {file}");
                return 1;
            }
        }

        return 0;
    case ["smoke", var native, var jit, var spawn]:
        foreach (var measurement in Measurement.All)
        {
            try
            {
                var figures = Run(measurement.Small(), (native, jit, spawn), null);
                Console.WriteLine($"{measurement.Id}: {figures.Count} figures");
            }
            catch (FailedRunException failure)
            {
                Console.Error.WriteLine(failure.Message);
                return 1;
            }
        }

        return 0;
    case ["report", var file, var docs]:
        new Report(Results.Open(file), Path.GetDirectoryName(file)!).Write(docs);
        return 0;
    case ["peers", var file]:
        Console.Write(Peers.Read(file).ToTable());
        return 0;
    default:
        Console.Error.WriteLine("usage: see Program.cs");
        return 2;
}

static string CommandOf(Measurement measurement) =>
    measurement.Subject == Subject.SpawnLimit ? $"bench/limits/spawn.c {measurement.Arguments}" : $"./rondo bench {measurement.Arguments}";

static JsonObject Run(Measurement measurement, (string Native, string Jit, string Spawn) programs, string? traces)
{
    Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {CommandOf(measurement)}");
    if (measurement.Subject == Subject.SpawnLimit)
    {
        var count = int.Parse(measurement.Arguments.Split(' ')[0], CultureInfo.InvariantCulture);
        var seconds = double.Parse(Output(programs.Spawn, measurement.Arguments), CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["commands_per_second"] = new JsonObject { ["unit"] = "jobs/s", ["median"] = count / seconds },
        };
    }

    var trace = measurement.Id == "balance" && traces is not null ? $" --trace {Path.Combine(traces, "balance.txt")}" : "";
    var rondo = measurement.Subject == Subject.Jit ? programs.Jit : programs.Native;
    return JsonNode.Parse(Output(rondo, $"bench {measurement.Arguments}{trace} -o json"))!["figures"]!.AsObject();
}

static string Output(string program, string arguments)
{
    var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
    using var process = Process.Start(start)!;
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0 ? output : throw new FailedRunException($"{program} {arguments} ended with code {process.ExitCode}");
}
