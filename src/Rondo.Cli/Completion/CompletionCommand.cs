using System.CommandLine;

namespace Rondo.Cli;

internal sealed class CompletionCommand : RondoCommand
{
    private static readonly string[] Shells = ["bash", "zsh", "fish"];

    private readonly Argument<string> _shell = new("SHELL") { Description = "bash, zsh or fish" };

    public CompletionCommand()
        : base("completion", "Writes a script that teaches a shell to complete rondo's words")
    {
        _shell.CompletionSources.Add(Shells);
        _shell.CustomParser = result =>
        {
            var shell = result.Tokens[0].Value;
            if (!Shells.Contains(shell))
            {
                result.AddError($"'{shell}' is not a shell that is known: expected bash, zsh or fish{NearestWord.Hint(shell, Shells)}");
            }

            return shell;
        };
        Arguments.Add(_shell);
    }

    public override string More =>
        "Commands, options and their values are completed, and from the ring the ids of jobs and executors, when it answers within 0.7 s (RONDO_COMPLETION_WAIT=2s for slow links).";

    public override IReadOnlyList<string> Examples { get; } =
    [
        "eval \"$(rondo completion bash)\"  # now; in ~/.bashrc for always",
        "eval \"$(rondo completion zsh)\"  # in ~/.zshrc, behind compinit",
        "rondo completion fish > ~/.config/fish/completions/rondo.fish",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var name = $"rondo.{parse.GetValue(_shell)}";
        await using var script = typeof(CompletionCommand).Assembly.GetManifestResourceStream(name)!;
        await script.CopyToAsync(session.Surroundings.Output, session.Interrupted);
        return ExitCodes.Ok;
    }
}
