using System.Text.Json;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Writes the ids of accepted jobs, and tells which of many were refused.</summary>
internal sealed class IdSink(Session session, bool isMany)
{
    private readonly JsonSink _json = new(session, isMany);
    private readonly List<string> _ids = [];

    public IReadOnlyList<string> Ids => _ids;

    public bool IsAnyRefused { get; private set; }

    public void Add(string id)
    {
        _ids.Add(id);
        if (session.Format is OutputFormat.Json or OutputFormat.JsonLines)
        {
            _json.Add($"{{\"id\":\"{JsonEncodedText.Encode(id)}\"}}");
        }
        else
        {
            session.Out.WriteLine(id);
        }
    }

    /// <param name="kind">What a job came from, such as <c>line</c>, to say which one was refused; null for the command itself.</param>
    public async Task AddAllAsync(IAsyncEnumerable<SubmitOutcome> outcomes, string? kind)
    {
        var number = 0;
        await foreach (var outcome in outcomes)
        {
            number++;
            foreach (var id in outcome.Ids ?? (outcome.Id is { } single ? [single] : []))
            {
                Add(id);
            }

            if (outcome.Problem is { } problem)
            {
                IsAnyRefused = true;
                await session.Talk.WriteLineAsync(
                    $"rondo: {(kind is null ? "" : $"{kind} {number}: ")}{(kind == "record" ? problem.Message : PlacelessProblem.Of(problem.Message))}"
                );
            }
        }
    }

    public void Finish()
    {
        _json.Finish();
        session.Out.Flush();
    }
}
