using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What can be said of a job when it is submitted, by whichever command.</summary>
internal sealed class JobOptions
{
    private readonly Option<string?> _name = OptionKinds.Text("--name", "NAME", "A name to find the job by");
    private readonly Option<string?> _group = OptionKinds.Text("--group", "GROUP", "A group to find the job by");
    private readonly Option<int?> _priority = OptionKinds.Number("--priority", "N", "Higher runs first. Default: 0", -1000, 1000);
    private readonly Option<string[]> _env = OptionKinds.Texts(
        "--env",
        "KEY=VALUE",
        "An environment variable of the command; repeat it for more"
    );
    private readonly Option<string?> _directory = OptionKinds.Text("--dir", "DIR", "Where the command runs, on the executor's machine");
    private readonly Option<string?> _onLoss = OptionKinds.Choice(
        "--on-executor-loss",
        "rerun|fail",
        "What is done when the executor that runs it never returns. Default: rerun",
        "rerun",
        "fail"
    );

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_name, _group, _priority, _env, _directory, _onLoss])
        {
            command.Options.Add(option);
        }
    }

    public JobRequest Read(ParseResult parse, IReadOnlyList<string> command) =>
        new()
        {
            Command = command,
            Name = parse.GetValue(_name),
            Group = parse.GetValue(_group),
            Priority = parse.GetValue(_priority),
            Env = ReadEnvironment(parse.GetValue(_env) ?? []),
            WorkingDirectory = parse.GetValue(_directory),
            OnExecutorLoss = parse.GetValue(_onLoss),
        };

    private static Dictionary<string, string>? ReadEnvironment(string[] pairs)
    {
        Dictionary<string, string> variables = [];
        foreach (var pair in pairs)
        {
            var equals = pair.IndexOf('=');
            if (equals <= 0)
            {
                throw new UsageException($"--env: '{pair}' is not KEY=VALUE, such as --env COLOR=blue");
            }

            variables[pair[..equals]] = pair[(equals + 1)..];
        }

        return variables.Count == 0 ? null : variables;
    }
}
