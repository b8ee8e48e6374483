using System.Text.Json;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Reads labels, sorted by key.</summary>
internal static class LabelsReader
{
    /// <summary>The labels; null when there are none.</summary>
    public static EquatableList<Label>? Read(ref StrictJson json, string field)
    {
        if (json.IsNull)
        {
            return null;
        }

        json.Expect(JsonTokenType.StartObject, field, "an object of strings such as {\"zone\":\"north\"}");
        var labels = new SortedDictionary<string, string>(StringComparer.Ordinal);
        while (json.ReadName(out var key))
        {
            if (labels.ContainsKey(key))
            {
                throw json.Twice($"{field}.{key}");
            }

            json.Read();
            json.Expect(JsonTokenType.String, $"{field}.{key}", "a string");
            var label = new Label(key, json.AnyText($"{field}.{key}"));
            if (LabelText.Problem(label) is { } problem)
            {
                throw json.Wrong($"\"{field}\": {problem}");
            }

            labels.Add(label.Key, label.Value);
            if (labels.Count > LabelText.MaxCount)
            {
                throw json.Wrong($"\"{field}\" has more than {LabelText.MaxCount} labels");
            }
        }

        return new EquatableList<Label>([.. labels.Select(label => new Label(label.Key, label.Value))]);
    }
}
