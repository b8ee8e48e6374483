using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What part of a run a timeline shows.</summary>
internal sealed record TimelineView
{
    /// <summary>The most rows of a picture that a person still reads.</summary>
    public const int MaxRows = 150;

    public long? From { get; init; }

    public long? To { get; init; }

    /// <summary>Only what names this job, and what befalls executors.</summary>
    public JobId? Job { get; init; }
}

/// <summary>One thing that happened at one executor, or a message between two.</summary>
internal sealed record TimelineItem(long Time, int Machine, TimelineKind Kind, string Text)
{
    /// <summary>For a message that was sent: where it arrived, as an index among the items; -1 while it is on its way or lost.</summary>
    public int ArrivesAt { get; set; } = -1;

    /// <summary>For a message: the machine at the other end.</summary>
    public int Other { get; init; } = -1;
}

internal enum TimelineKind
{
    Send,
    Arrive,
    Record,
    Run,
    Fault,
    Violation,
    Note,
}

/// <summary>Remembers a run as a sequence of what happened, to be drawn.</summary>
internal sealed partial class Timeline(Simulation simulation)
{
    private readonly List<TimelineItem> _items = [];
    private readonly Dictionary<(Message Message, int From, int To), int> _onTheWay = new(new BySameMessage());

    public void Add(Machine? machine, TimelineKind kind, string text) =>
        _items.Add(new TimelineItem(simulation.Now, machine?.Index ?? -1, kind, text));

    /// <summary>The lanes, in the order of the ring, as indexes of machines.</summary>
    public IReadOnlyList<int> Lanes => [.. simulation.Machines.OrderBy(machine => machine.Id).Select(machine => machine.Index)];

    public void Sent(Machine from, Machine to, Message message)
    {
        _onTheWay[(message, from.Index, to.Index)] = _items.Count;
        _items.Add(new TimelineItem(simulation.Now, from.Index, TimelineKind.Send, Trace.Brief(message)) { Other = to.Index });
    }

    public void Arrived(Machine from, Machine to, Message message)
    {
        if (_onTheWay.TryGetValue((message, from.Index, to.Index), out var sent) && _items[sent].ArrivesAt < 0)
        {
            _items[sent].ArrivesAt = _items.Count;
        }

        _items.Add(new TimelineItem(simulation.Now, to.Index, TimelineKind.Arrive, Trace.Brief(message)) { Other = from.Index });
    }

    /// <summary>The rows to show: what was asked for, or else what led to the end of the run, about the jobs that it ended with if there are any.</summary>
    public IReadOnlyList<(int Index, TimelineItem Item)> Select(TimelineView view)
    {
        var violation = _items.FindLast(item => item.Kind == TimelineKind.Violation);
        var jobs =
            view.Job is { } asked ? [asked.ToString()]
            : violation is null ? []
            : JobsOf(violation.Text);
        var rows = new List<(int, TimelineItem)>();
        for (var i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            var shown =
                jobs.Length == 0
                    ? item.Kind != TimelineKind.Note
                    : item.Kind is TimelineKind.Fault or TimelineKind.Violation || Array.Exists(jobs, job => Names(item.Text, job));
            if (shown && item.Time >= (view.From ?? 0) && item.Time <= (view.To ?? long.MaxValue))
            {
                rows.Add((i, item));
            }
        }

        if (rows.Count <= TimelineView.MaxRows)
        {
            return rows;
        }

        // A window that was asked for is shown from its beginning; a run is shown from its end.
        return view.From is not null ? rows[..TimelineView.MaxRows] : rows[^TimelineView.MaxRows..];
    }

    private static string[] JobsOf(string text) => [.. JobPattern().Matches(text).Select(match => match.Value).Distinct()];

    private static bool Names(string text, string job)
    {
        var at = text.IndexOf(job, StringComparison.Ordinal);
        return at >= 0 && (at + job.Length == text.Length || !char.IsAsciiDigit(text[at + job.Length]));
    }

    [GeneratedRegex(@"\b[a-z][0-9]-[0-9]+\b", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex JobPattern();

    /// <summary>Two messages may say the same: it is the object that travels.</summary>
    private sealed class BySameMessage : IEqualityComparer<(Message Message, int From, int To)>
    {
        public bool Equals((Message Message, int From, int To) x, (Message Message, int From, int To) y) =>
            ReferenceEquals(x.Message, y.Message) && x.From == y.From && x.To == y.To;

        public int GetHashCode((Message Message, int From, int To) key) =>
            HashCode.Combine(RuntimeHelpers.GetHashCode(key.Message), key.From, key.To);
    }
}
