using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Rondo.Performance;

// usage: Rondo.Performance round RONDO SPAWN RESULTS [ID...]    measures everything once, and adds it to the results
//        Rondo.Performance smoke RONDO SPAWN                    the same with few jobs; keeps nothing
//        Rondo.Performance report RESULTS DOCS                  writes DOCS/performance-ring.md and its charts
switch (args)
{
    case ["round", var rondo, var spawn, var file, .. var ids]:
        var results = Results.Open(file);
        foreach (var measurement in Measurement.All.Where(each => ids.Length == 0 || ids.Contains(each.Id)))
        {
            results.Add(measurement.Id, CommandOf(measurement), Run(measurement, rondo, spawn, Path.GetDirectoryName(file)));
            results.Save();
        }

        return 0;
    case ["smoke", var rondo, var spawn]:
        foreach (var measurement in Measurement.All)
        {
            var figures = Run(measurement.Small(), rondo, spawn, null);
            Console.WriteLine($"{measurement.Id}: {figures.Count} figures");
        }

        return 0;
    case ["report", var file, var docs]:
        new Report(Results.Open(file), Path.GetDirectoryName(file)!).Write(docs);
        return 0;
    default:
        Console.Error.WriteLine("usage: see Program.cs");
        return 2;
}

static string CommandOf(Measurement measurement) =>
    measurement.IsSpawnLimit ? $"bench/limits/spawn.c {measurement.Arguments}" : $"./rondo bench {measurement.Arguments}";

static JsonObject Run(Measurement measurement, string rondo, string spawn, string? traces)
{
    Console.Error.WriteLine($"{DateTime.UtcNow:HH:mm:ss} {CommandOf(measurement)}");
    if (measurement.IsSpawnLimit)
    {
        var count = int.Parse(measurement.Arguments.Split(' ')[0], CultureInfo.InvariantCulture);
        var seconds = double.Parse(Output(spawn, measurement.Arguments), CultureInfo.InvariantCulture);
        return new JsonObject
        {
            ["commands_per_second"] = new JsonObject { ["unit"] = "jobs/s", ["median"] = count / seconds },
        };
    }

    var trace = measurement.Id == "balance" && traces is not null ? $" --trace {Path.Combine(traces, "balance.txt")}" : "";
    return JsonNode.Parse(Output(rondo, $"bench {measurement.Arguments}{trace} -o json"))!["figures"]!.AsObject();
}

static string Output(string program, string arguments)
{
    var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true };
    using var process = Process.Start(start)!;
    var output = process.StandardOutput.ReadToEnd();
    process.WaitForExit();
    return process.ExitCode == 0
        ? output
        : throw new InvalidOperationException($"{program} {arguments} ended with code {process.ExitCode}");
}
