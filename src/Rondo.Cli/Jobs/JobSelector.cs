using System.Globalization;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>How a command line names jobs: one by its id, a run of ids, or the latest one.</summary>
internal abstract record JobSelector
{
    /// <summary>The most jobs of a range.</summary>
    public const int RangeMax = 100_000;

    public const string Expected = "expected an id such as k7q2-42, a range of up to 100,000 such as k7q2-10..20, or last";

    private const string LastWord = "last";

    public static JobSelector? TryParse(string text)
    {
        if (text == LastWord)
        {
            return new Last();
        }

        var dots = text.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            return Core.JobId.TryParse(text, out _) ? new One(text) : null;
        }

        // Both k7q2-10..20 and k7q2-10..k7q2-20.
        var (first, end) = (text[..dots], text[(dots + 2)..]);
        var dash = first.LastIndexOf('-');
        if (dash <= 0)
        {
            return null;
        }

        var last = end.Contains('-') ? end : first[..(dash + 1)] + end;
        return
            Core.JobId.TryParse(first, out var from)
            && Core.JobId.TryParse(last, out var to)
            && from.Home == to.Home
            && from.Number <= to.Number
            && to.Number - from.Number < RangeMax
            ? new Range(first[..dash], from.Number, to.Number)
            : null;
    }

    public abstract Task<IReadOnlyList<string>> ResolveAsync(Session session);

    private sealed record One(string Id) : JobSelector
    {
        public override Task<IReadOnlyList<string>> ResolveAsync(Session session) => Task.FromResult<IReadOnlyList<string>>([Id]);
    }

    private sealed record Range(string Home, long From, long To) : JobSelector
    {
        public override Task<IReadOnlyList<string>> ResolveAsync(Session session)
        {
            List<string> ids = new((int)(To - From + 1));
            for (var number = From; number <= To; number++)
            {
                ids.Add(Home + "-" + number.ToString(CultureInfo.InvariantCulture));
            }

            return Task.FromResult<IReadOnlyList<string>>(ids);
        }
    }

    private sealed record Last : JobSelector
    {
        public override async Task<IReadOnlyList<string>> ResolveAsync(Session session)
        {
            var page = await session.Client.ListPageAsync(new JobQuery { PageSize = 1 }, cancellationToken: session.Interrupted);
            var unreachable = page.Unreachable is { Count: > 0 } missing ? string.Join(", ", missing.Order()) : null;
            if (page.Jobs is not [var newest, ..])
            {
                throw unreachable is null
                    ? new NothingFoundException("there is no job yet, so none is the last")
                    : new RondoException($"which job is the last is not known: {unreachable} may have it, which cannot be reached");
            }

            if (unreachable is not null)
            {
                await session.Talk.WriteLineAsync(
                    $"rondo: {newest.Id} is the last of those that are known; a newer one may be at {unreachable}, which cannot be reached"
                );
            }

            return [newest.Id];
        }
    }
}

/// <summary>What was asked for is not there.</summary>
internal sealed class NothingFoundException(string message) : Exception(message);
