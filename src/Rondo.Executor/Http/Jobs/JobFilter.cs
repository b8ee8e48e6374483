using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rondo.Core;

namespace Rondo.Executor.Http.Jobs;

/// <summary>Which jobs a client wants to see in a list; null stands for all.</summary>
internal sealed record JobFilter(JobState? State, string? Name, string? Group, EquatableList<Label> Labels, DateTimeOffset? Since)
{
    /// <summary>True unless only finished jobs are wanted.</summary>
    public bool WantsUnfinished => State is null or JobState.Scheduled or JobState.Waiting or JobState.Running;

    /// <summary>True unless only unfinished jobs are wanted.</summary>
    public bool WantsFinished => State is not (JobState.Scheduled or JobState.Waiting or JobState.Running);

    /// <summary>How the wanted jobs ended; null for anyhow.</summary>
    public JobEnd? End =>
        State switch
        {
            JobState.Succeeded => JobEnd.Succeeded,
            JobState.Failed => JobEnd.Failed,
            JobState.Cancelled => JobEnd.Cancelled,
            _ => null,
        };

    /// <summary>Reads the filter from the query.</summary>
    /// <exception cref="HttpProblem">There is no such state, or one of them is empty.</exception>
    public static JobFilter Of(HttpContext context) =>
        new(StateOf(context), TextOf(context, "name"), TextOf(context, "group"), LabelsOf(context), context.QueryTime("since"));

    /// <summary>True unless it was submitted before all that are wanted.</summary>
    public bool IsLateEnough(JobView job) => Since is null || job.SubmittedAt >= Since;

    /// <summary>The filter as a query, for another executor.</summary>
    public string ToQuery() =>
        (State is { } state ? $"&state={state.ToText()}" : "")
        + (Name is not null ? $"&name={Uri.EscapeDataString(Name)}" : "")
        + (Group is not null ? $"&group={Uri.EscapeDataString(Group)}" : "")
        + (Since is { } since ? $"&since={Uri.EscapeDataString(since.ToString("O", CultureInfo.InvariantCulture))}" : "")
        + string.Concat(Labels.Select(label => $"&label={Uri.EscapeDataString(label.ToString())}"));

    private static EquatableList<Label> LabelsOf(HttpContext context)
    {
        if (!context.Request.Query.TryGetValue("label", out var texts))
        {
            return EquatableList<Label>.Empty;
        }

        var labels = new List<Label>();
        foreach (var text in texts)
        {
            labels.Add(
                LabelText.TryParse(text ?? "", out var label, out var problem) ? label : throw HttpProblem.BadRequest($"label: {problem}")
            );
        }

        return new EquatableList<Label>([.. labels]);
    }

    /// <summary>What is there but empty was meant to be something: taken for nothing it would stand for all jobs.</summary>
    private static string? TextOf(HttpContext context, string name) =>
        context.QueryText(name)
        ?? (context.Request.Query.ContainsKey(name) ? throw HttpProblem.BadRequest($"{name} is empty: leave it out for all jobs") : null);

    private static JobState? StateOf(HttpContext context)
    {
        if (TextOf(context, "state") is not { } text)
        {
            return null;
        }

        foreach (var state in Enum.GetValues<JobState>())
        {
            if (state.ToText() == text)
            {
                return state;
            }
        }

        var names = string.Join(", ", Enum.GetValues<JobState>().Select(state => state.ToText()));
        throw HttpProblem.BadRequest($"state is '{text}': expected one of {names}");
    }
}
