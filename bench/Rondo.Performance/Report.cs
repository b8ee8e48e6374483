using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Rondo.Performance;

/// <summary>What the results come to, for people: a table, and charts beside it.</summary>
internal sealed class Report(Results results, string resultsFolder)
{
    public void Write(string docs)
    {
        var charts = Directory.CreateDirectory(Path.Combine(docs, "performance")).FullName;
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"""
            # Performance

            Measured on {results.Cores} processors, which the ring's executors (4 processes, unless said otherwise), the client and the limits share; every
            job is on stable storage before its id is given, and its result before it is told. Medians with the least and the most of the rounds, taken
            in turn. Only ratios within a run mean much: the machine is a virtual one that others use too. Last measured on {results.Date} by
            `bench/performance.sh`, which writes this page and its charts from `bench/results/performance.json`.


            """
        );
        text.Append("## Against the goals\n\n");
        WriteTable(text, results);
        WriteFaster(text);
        WritePeers(text);
        WriteCharts(text, charts);
        if (Path.Combine(docs, "performance-notes.md") is var notes && File.Exists(notes))
        {
            text.Append('\n').Append(File.ReadAllText(notes));
        }

        File.WriteAllText(Path.Combine(docs, "performance.md"), text.ToString());
    }

    /// <summary>The same table of another machine, which tells what in it is the machine's.</summary>
    private void WriteFaster(StringBuilder text)
    {
        var file = Path.Combine(resultsFolder, "performance-faster.json");
        if (File.Exists(file))
        {
            var faster = Results.Open(file);
            text.Append(
                CultureInfo.InvariantCulture,
                $"""

                ### On a faster machine

                A virtual one as well, with {faster.Cores} processors that do more than twice as much and start a process in an eighth of the time, on {faster.Date}
                (`bench/results/performance-faster.json`).


                """
            );
            WriteTable(text, faster);
        }
    }

    private static void WriteTable(StringBuilder text, Results results)
    {
        text.Append("| | what | measured | goal | limit | command |\n|---|---|---|---|---|---|\n");
        var unit = results["latency", "fdatasync_median"].Median + results["latency", "http_median"].Median;
        var limit = $"fdatasync + HTTP round trip: {Values.Number(unit)} µs";
        Row("1", "no-op jobs, submitted evenly, until the result", "throughput", "jobs_per_second", "jobs/s", "100,000 jobs/s", "");
        Row("", "processor time of the executors for each", "throughput", "executors_cpu_per_job", "µs", "", "");
        Row("", "the same, with the JIT build", "throughput-jit", "jobs_per_second", "jobs/s", "", "the rest is the native one");
        Row(
            "2",
            "the same, all to one executor",
            "throughput-one",
            "jobs_per_second",
            "jobs/s",
            "half of 1",
            Ratio(results["throughput-one", "jobs_per_second"].Median / results["throughput", "jobs_per_second"].Median, "of 1")
        );
        Row("3", "submit one job, median", "latency", "submit_median", "µs", "1.5 × limit", $"{limit}; {Times("submit_median_to_limit")}");
        Row("", "99th percentile", "latency", "submit_p99", "µs", "3 × limit", Times("submit_p99_to_limit"));
        Row("4", "submit to result, one job, median", "latency", "result_median", "µs", "2.5 × limit", Times("result_median_to_limit"));
        Row(
            "5",
            "/bin/true, output captured",
            "commands",
            "jobs_per_second",
            "jobs/s",
            "0.7 of the limit",
            $"posix_spawn in C: {results["spawn-limit", "commands_per_second"].ToText("/s")}; "
                + Ratio(results["commands", "jobs_per_second"].Median / results["spawn-limit", "commands_per_second"].Median, "of it")
        );
        Row("6", "lap of the token, 4,000 jobs/s to one executor, its rest included", "token", "lap_median", "µs", "", "");
        Row("", "its way round the ring, without the rest", "token", "lap_travel_median", "µs", "1,000 µs", "");
        Row("", "lap of the token while both processors are full", "token", "lap_when_flooded_median", "µs", "", "");
        Row("", "messages of an idle ring", "token", "idle_messages_per_second", "/s", "25 /s", "");
        Row("", "processor of an idle ring", "token", "idle_processor", "% of a core", "1 %", "");
        Row("", "a burst of 64 until balanced", "burst", "balanced_after", "ms", "10 ms", "");
        Row(
            "7",
            "mean spread at 70 % load",
            "balance",
            "mean_spread",
            "jobs",
            "1.05 × central",
            $"central scheduler: {results["balance", "central_mean_spread"].ToText("jobs")}; {Times("balance", "spread_to_central")}"
        );
        Row("", "messages of the token for each job", "balance", "token_messages_per_job", "", "1.5", "");
        Row("9", "memory of an idle executor", "start", "idle_memory", "MiB", "40 MiB", "");
        Row("11", "`rondo --version`", "start", "version_median", "µs", "15,000 µs", "");
        Row("", "`rondo submit` until the id", "start", "submit_median", "µs", "30,000 µs", "");
        Row("", "ten times too much: lost", "overload", "lost", "jobs", "0", "");
        Row(
            "",
            "refused in good order, of the rest",
            "overload",
            "refused_lines",
            "jobs",
            "all",
            $"offered {results["overload", "offered"].ToText("jobs")}"
        );
        Row("", "longest time without a lap", "overload", "longest_time_without_a_lap", "ms", "", "");
        Row("", "most memory of the executor", "overload", "peak_memory", "MiB", "bounded", "");

        void Row(string row, string what, string id, string figure, string unitName, string goal, string beside) =>
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {row} | {what} | {results[id, figure].ToText(unitName)} | {goal} | {beside} | `{results.Command(id)}` |\n"
            );

        string Times(string figureOrId, string? figure = null) =>
            Ratio((figure is null ? results["latency", figureOrId] : results[figureOrId, figure]).Median, "× that");
    }

    private static string Ratio(double ratio, string of) => string.Create(CultureInfo.InvariantCulture, $"{ratio:0.00} {of}");

    private void WritePeers(StringBuilder text)
    {
        var comparison = Path.Combine(resultsFolder, "compare.json");
        if (File.Exists(comparison))
        {
            text.Append("\n## Against the peers\n\n")
                .Append(
                    "The same jobs in turn on one machine, by `bench/compare.sh`: from the first submission until the client knows the last "
                )
                .Append(
                    "result. `noop` gives its payload back, `command` is `/bin/true` with its output captured. Durable subjects sync before "
                )
                .Append("they answer. Medians with the least and the most of the rounds.\n\n")
                .Append(Peers.Read(comparison).ToTable());
        }
    }

    private void WriteCharts(StringBuilder text, string folder)
    {
        text.Append("\n## Charts\n\n");
        var batch = new Chart("Throughput against the lines of a batch that are sent at a time", "lines", "jobs/s") { LogX = true };
        batch.Add(
            "no-op jobs, ring of 4",
            [
                .. ((double, string)[])[(1, "part-1"), (10, "part-10"), (100, "part-100"), (500, "throughput"), (1000, "part-1000")]
                    is var parts
                    ? parts.Select(part => (part.Item1, results[part.Item2, "jobs_per_second"].Median))
                    : [],
            ]
        );
        Save("throughput", batch);

        (double Rate, string Id)[] rates =
        [
            (0, "latency"),
            (1_000, "latency-rate-1000"),
            (5_000, "latency-rate-5000"),
            (10_000, "latency-rate-10000"),
            (20_000, "latency-rate-20000"),
        ];
        var latency = new Chart("Latency of one job against the load beside it", "other jobs a second", "µs");
        foreach (
            var (name, figure) in ((string, string)[])
                [("submit, median", "submit_median"), ("result, median", "result_median"), ("submit, 99 %", "submit_p99")]
        )
        {
            latency.Add(name, [.. rates.Where(rate => results.Has(rate.Id)).Select(rate => (rate.Rate, results[rate.Id, figure].Median))]);
        }

        Save("latency", latency);

        (double Count, string Id)[] rings = [(2, "executors-2"), (4, "throughput"), (8, "executors-8"), (16, "executors-16")];
        var growth = new Chart("Processor time for each job against the size of the ring", "executors", "µs");
        growth.Add(
            "executors' time for a no-op job",
            [.. rings.Select(ring => (ring.Count, results[ring.Id, "executors_cpu_per_job"].Median))]
        );
        Save("growth", growth);

        var simulated = Path.Combine(resultsFolder, "growth.json");
        if (File.Exists(simulated))
        {
            var laps = new Chart("Lap of the token in one ring, and the laps of layered rings", "executors", "ms")
            {
                LogX = true,
                LogY = true,
            };
            var models = JsonNode.Parse(File.ReadAllText(simulated))!["models"]!.AsArray();
            foreach (var (name, figure) in ((string, string)[])[("one ring", "lapMs"), ("layered: both laps", "layeredLapsMs")])
            {
                laps.Add(name, [.. models.Select(model => (model!["executors"]!.GetValue<double>(), model[figure]!.GetValue<double>()))]);
            }

            Save("laps", laps);
        }

        var trace = Path.Combine(resultsFolder, "balance.txt");
        if (File.Exists(trace))
        {
            var spread = new Chart("Difference of running counts over time, random arrivals at one executor", "seconds", "jobs")
            {
                Steps = true,
            };
            foreach (var lines in File.ReadLines(trace).Select(line => line.Split(' ')).GroupBy(parts => parts[0]))
            {
                spread.Add(
                    lines.Key,
                    [
                        .. lines
                            .Select(parts =>
                                (double.Parse(parts[1], CultureInfo.InvariantCulture), double.Parse(parts[2], CultureInfo.InvariantCulture))
                            )
                            .Where(point => point.Item1 < 5),
                    ]
                );
            }

            Save("spread", spread);
        }

        void Save(string name, Chart chart)
        {
            File.WriteAllText(Path.Combine(folder, name + ".svg"), chart.ToSvg());
            text.Append(CultureInfo.InvariantCulture, $"![{name}](performance/{name}.svg)\n\n");
        }
    }
}
