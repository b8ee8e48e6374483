using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using Rondo.Core;

namespace Rondo.Storage.Tests;

/// <summary>A value with all that is in it as text. Bytes count by what they are, not by where they lie in memory.</summary>
internal static class Structure
{
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.ToString();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case ReadOnlyMemory<byte> bytes:
                text.Append(Convert.ToHexStringLower(bytes.Span));
                break;
            case DateTimeOffset time:
                text.Append(time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
                break;
            case var simple when simple is string or ExecutorId or TimeSpan or Enum || simple.GetType().IsPrimitive:
                text.Append(CultureInfo.InvariantCulture, $"'{value}'");
                break;
            case IEnumerable items:
                text.Append('[');
                foreach (var item in items)
                {
                    Append(text, item);
                    text.Append(' ');
                }

                text.Append(']');
                break;
            default:
                AppendProperties(text, value);
                break;
        }
    }

    private static void AppendProperties(StringBuilder text, object value)
    {
        text.Append(value.GetType().Name).Append('{');
        // A property of the value's own type, such as the next attempt, follows from the others.
        foreach (
            var property in value
                .GetType()
                .GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(property => property.PropertyType != value.GetType())
        )
        {
            text.Append(property.Name).Append('=');
            Append(text, property.GetValue(value));
            text.Append(' ');
        }

        text.Append('}');
    }
}
