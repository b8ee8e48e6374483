using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Rondo.Core;

namespace Rondo.Executor.Http.Jobs;

/// <summary>Where a list goes on: for each home the number below which its jobs have not been listed yet.</summary>
internal sealed class ListCursor
{
    private const int MaxLength = 16 * 1024;

    private readonly Dictionary<ExecutorId, long> _below = [];

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    /// <exception cref="HttpProblem">It is something else.</exception>
    public static ListCursor Parse(string? text)
    {
        var cursor = new ListCursor();
        if (text is null)
        {
            return cursor;
        }

        if (text.Length > MaxLength || !Base64Url.IsValid(text))
        {
            throw Wrong();
        }

        foreach (var part in Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(','))
        {
            var colon = part.IndexOf(':');
            if (
                colon < 0
                || !ExecutorId.TryParse(part.AsSpan(0, colon), out var home)
                || !long.TryParse(part.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var below)
            )
            {
                throw Wrong();
            }

            cursor._below[home] = below;
        }

        return cursor;
    }

    /// <summary>Only numbers lower than this are still to be listed.</summary>
    public long Below(ExecutorId home) => _below.GetValueOrDefault(home, long.MaxValue);

    /// <summary>The jobs of this home from here on were listed.</summary>
    public void Listed(JobId job) => _below[job.Home] = job.Number;

    /// <summary>The jobs of this home down to this number were looked at.</summary>
    public void Listed(ExecutorId home, long below) => _below[home] = below;

    /// <summary>The text for clients.</summary>
    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(',', _below.Select(home => $"{home.Key}:{home.Value}"))));

    private static HttpProblem Wrong() => HttpProblem.BadRequest("cursor is not one that a list of jobs gave out");
}
