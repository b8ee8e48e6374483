using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Performance;

/// <summary>What <c>bench/compare.sh</c> measured, as a table: each subject's jobs a second, and how many times as fast Rondo is.</summary>
internal sealed class Peers(JsonNode comparison)
{
    // How many times as fast Rondo is to be.
    private static readonly Dictionary<(string Kind, string Subject), double> Goals = new()
    {
        [("noop", "hangfire-postgres")] = 300,
        [("noop", "quartz-postgres")] = 300,
        [("noop", "hangfire-redis")] = 100,
        [("noop", "bullmq")] = 15,
        [("noop", "hangfire-memory")] = 3,
        [("noop", "quartz-memory")] = 3,
        [("command", "posix_spawn")] = 0.7,
        [("command", "parallel")] = 1,
        [("command", "slurm")] = 1,
        [("command", "hangfire-postgres")] = 1,
        [("command", "quartz-postgres")] = 1,
        [("command", "hangfire-redis")] = 1,
        [("command", "bullmq")] = 1,
        [("command", "celery")] = 1,
        [("command", "hangfire-memory")] = 1,
    };

    public static Peers Read(string file) => new(JsonNode.Parse(File.ReadAllText(file))!);

    public string ToTable()
    {
        var rates = comparison["rounds"]!
            .AsArray()
            .GroupBy(
                round => (Kind: Text(round!, "kind"), Subject: Text(round!, "subject"), Keeps: Text(round!, "keeps")),
                round => round!["jobs"]!.GetValue<double>() / round["seconds"]!.GetValue<double>()
            )
            .Select(rounds => (rounds.Key, Rate: new Values([.. rounds.Order()])))
            .OrderByDescending(row => row.Key.Kind)
            .ThenByDescending(row => row.Rate.Median)
            .ToArray();
        var table = new StringBuilder("| jobs | subject | keeps jobs | jobs/s | Rondo's ratio | goal |\n|---|---|---|---|---|---|\n");
        foreach (var (key, rate) in rates)
        {
            var rondo = rates.FirstOrDefault(row => row.Key.Kind == key.Kind && row.Key.Subject == "rondo").Rate;
            var ratio = rondo.Sorted is null || key.Subject == "rondo" ? "" : Values.Number(rondo.Median / rate.Median) + " ×";
            var goal = Goals.TryGetValue((key.Kind, key.Subject), out var least) ? least.ToString(CultureInfo.InvariantCulture) + " ×" : "";
            table.Append(
                CultureInfo.InvariantCulture,
                $"| {key.Kind} | {key.Subject} | {key.Keeps} | {rate.ToText("")} | {ratio} | {goal} |\n"
            );
        }

        return table.ToString();
    }

    private static string Text(JsonNode round, string name) => round[name]!.GetValue<string>();
}
