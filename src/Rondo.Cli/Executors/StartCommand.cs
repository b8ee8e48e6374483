using System.CommandLine;

namespace Rondo.Cli;

internal sealed class StartCommand : RondoCommand
{
    /// <summary>Makes an executor stop when its standard input ends: whoever started it is gone, however it went.</summary>
    public const string UntilInputEnds = "--until-input-ends";

    public StartCommand()
        : base("start", "Starts an executor")
    {
    }

    public override IReadOnlyList<string> Examples { get; } = ["rondo start --data ./a"];

    public override Task<int> RunAsync(Session session, ParseResult parse) => Task.FromResult(0);
}
