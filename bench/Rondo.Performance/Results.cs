using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rondo.Performance;

/// <summary>All values of all rounds, in a file that grows round by round.</summary>
internal sealed class Results
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string _file;
    private readonly JsonObject _root;

    private Results(string file, JsonObject root) => (_file, _root) = (file, root);

    public static Results Open(string file) =>
        new(
            file,
            File.Exists(file)
                ? JsonNode.Parse(File.ReadAllText(file))!.AsObject()
                : new JsonObject { ["cores"] = Environment.ProcessorCount, ["measurements"] = new JsonObject() }
        );

    /// <summary>Adds what <c>rondo bench -o json</c> printed.</summary>
    public void Add(string id, string command, JsonObject figures)
    {
        var all = _root["measurements"]!.AsObject();
        var measurement = all[id]?.AsObject();
        if (measurement is null)
        {
            all[id] = measurement = new JsonObject { ["command"] = command, ["figures"] = new JsonObject() };
        }

        foreach (var (name, figure) in figures)
        {
            var kept = measurement["figures"]!.AsObject();
            kept[name] ??= new JsonObject { ["unit"] = figure!["unit"]!.DeepClone(), ["values"] = new JsonArray() };
            kept[name]!["values"]!.AsArray().Add(figure!["median"]!.GetValue<double>());
        }
    }

    public void Save()
    {
        _root["date"] = DateTime.UtcNow.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Directory.CreateDirectory(Path.GetDirectoryName(_file)!);
        File.WriteAllText(_file, _root.ToJsonString(Indented) + "\n");
    }

    public int Cores => _root["cores"]!.GetValue<int>();

    public string Date => _root["date"]!.GetValue<string>();

    public string Command(string id) => _root["measurements"]![id]!["command"]!.GetValue<string>();

    public bool Has(string id) => _root["measurements"]![id] is not null;

    /// <summary>The values of a figure, sorted.</summary>
    public Values this[string id, string figure] =>
        new([.. _root["measurements"]![id]!["figures"]![figure]!["values"]!.AsArray().Select(value => value!.GetValue<double>()).Order()]);
}

/// <summary>The values of one figure over the rounds, sorted.</summary>
internal readonly record struct Values(double[] Sorted)
{
    public double Median => (Sorted[Sorted.Length / 2] + Sorted[(Sorted.Length - 1) / 2]) / 2;

    public double Least => Sorted[0];

    public double Most => Sorted[^1];

    /// <summary>The median, with the least and the most behind it.</summary>
    public string ToText(string unit) => $"{Number(Median)} {unit} ({Number(Least)}–{Number(Most)})";

    public static string Number(double value) =>
        value.ToString(
            Math.Abs(value) >= 100 ? "#,0"
                : Math.Abs(value) >= 10 ? "0.0"
                : "0.00",
            System.Globalization.CultureInfo.InvariantCulture
        );
}
