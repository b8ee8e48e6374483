using System.Globalization;
using System.Text;
using System.Text.Json;
using Spectre.Console;

namespace Rondo.Cli;

/// <summary>The same measurement some times over: the median of each figure, with the least and the most.</summary>
internal sealed class Rounds
{
    private readonly List<Figures> _rounds = [];

    public void Add(Figures round) => _rounds.Add(round);

    /// <summary>One line of JSON, with the values of all rounds.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("scenario", _rounds[0].Scenario);
            json.WriteNumber("rounds", _rounds.Count);
            json.WriteStartObject("figures");
            foreach (var row in Rows())
            {
                json.WriteStartObject(row.Name);
                json.WriteString("unit", row.Unit);
                json.WriteNumber("median", row.Median);
                json.WriteNumber("least", row.Sorted[0]);
                json.WriteNumber("most", row.Sorted[^1]);
                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length) + "\n";
    }

    public void WriteTable(IAnsiConsole console)
    {
        var table = _rounds.Count == 1 ? new DataTable(Title, "", "") : new DataTable(Title, "MEDIAN", "LEAST", "MOST", "");
        foreach (var row in Rows())
        {
            DataTable.Cell[] cells =
                _rounds.Count == 1
                    ? [row.Name, Text(row.Median), row.Unit]
                    : [row.Name, Text(row.Median), Text(row.Sorted[0]), Text(row.Sorted[^1]), row.Unit];
            table.Add(cells);
        }

        table.Write(console);
    }

    /// <summary>The one value that the measurement is about, for scripts.</summary>
    public string ToFirstFigure() => Rows().First().Median.ToString(CultureInfo.InvariantCulture) + "\n";

    private string Title => _rounds[0].Scenario.ToUpperInvariant();

    private IEnumerable<(string Name, string Unit, double Median, double[] Sorted)> Rows() =>
        _rounds[0]
            .All.Select(figure =>
            {
                double[] sorted = [.. _rounds.Select(round => Math.Round(round[figure.Name], 4)).Order()];
                var middle = sorted.Length / 2;
                var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
                return (figure.Name, figure.Unit, median, sorted);
            });

    private static string Text(double value) => value.ToString(Math.Abs(value) < 100 ? "0.##" : "#,0", CultureInfo.InvariantCulture);
}
