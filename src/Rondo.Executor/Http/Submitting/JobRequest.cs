using Rondo.Core;
using Rondo.Executor.Running;

namespace Rondo.Executor.Http.Submitting;

/// <summary>What a client hands in, as it was read from JSON and before it was checked.</summary>
internal sealed class JobRequest
{
    public const int SummaryMaxLength = 200;

    public List<string>? Command { get; set; }
    public Dictionary<string, string>? Env { get; set; }
    public string? WorkingDirectory { get; set; }
    public byte[]? Stdin { get; set; }
    public string? Handler { get; set; }
    public byte[]? Payload { get; set; }
    public string? Name { get; set; }
    public string? Group { get; set; }
    public int Priority { get; set; }
    public bool FailOnExecutorLoss { get; set; }

    /// <summary>What is wrong with the fields taken together; null when they make a job.</summary>
    public string? Problem() =>
        this switch
        {
            { Command: null, Handler: null } =>
                "a job needs either \"command\", a list of a program and its arguments, or \"handler\", a name",
            { Command: not null, Handler: not null } => "\"command\" and \"handler\" exclude each other",
            { Handler: not null, Env: not null } => "\"env\" goes with \"command\", not with \"handler\"",
            { Handler: not null, WorkingDirectory: not null } => "\"workingDirectory\" goes with \"command\", not with \"handler\"",
            { Handler: not null, Stdin: not null } => "\"stdin\" goes with \"command\"; a handler takes \"payload\"",
            { Command: not null, Payload: not null } => "\"payload\" goes with \"handler\"; a command takes \"stdin\"",
            _ => null,
        };

    /// <summary>What the scheduler needs to know.</summary>
    public JobTerms ToTerms() =>
        new()
        {
            Kind = Handler is null ? JobKind.Command : JobKind.Handler,
            Handler = Handler,
            Summary = Summarize(),
            Name = Name,
            Group = Group,
            Priority = Priority,
            FailOnExecutorLoss = FailOnExecutorLoss,
        };

    /// <summary>What the runner needs to know.</summary>
    public JobContent ToContent() => new(Command is null ? default : Define(Command).ToUtf8(), Stdin ?? Payload);

    private CommandDefinition Define(List<string> command)
    {
        var definition = new CommandDefinition { Command = command };
        return definition with
        {
            Environment = Env ?? definition.Environment,
            WorkingDirectory = WorkingDirectory ?? definition.WorkingDirectory,
        };
    }

    private string Summarize()
    {
        var whole = Handler ?? string.Join(' ', Command!);
        if (whole.Length <= SummaryMaxLength)
        {
            return whole;
        }

        // A cut between the two halves of a surrogate pair would not be text any more.
        var cut = char.IsHighSurrogate(whole[SummaryMaxLength - 2]) ? SummaryMaxLength - 2 : SummaryMaxLength - 1;
        return whole[..cut] + "…";
    }
}
