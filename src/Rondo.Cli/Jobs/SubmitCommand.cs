using System.CommandLine;
using System.Text.Json;

namespace Rondo.Cli;

internal sealed class SubmitCommand : RondoCommand
{
    private readonly JobOptions _job = new();
    private readonly StdinOption _stdin = new();

    public SubmitCommand()
        : base("submit", "Submits a command as a job and prints its id")
    {
        _job.AddTo(this);
        _stdin.AddTo(this);
    }

    public override string Synopsis => "[OPTIONS] -- COMMAND [ARG]...";

    public override string More =>
        "The id is printed once the job is on stable storage: from then on it is not lost, whatever executors do.";

    public override bool TakesTail => true;

    public override IReadOnlyList<string> Examples { get; } =
    [
        "rondo submit -- sh -c 'sleep 5; date'",
        "rondo submit --name backup --env LEVEL=9 -- ./backup.sh",
        "rondo submit --stdin words.txt -- sort",
        "id=$(rondo submit -- make) && rondo job wait $id",
    ];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var request = _job.Read(parse, session.Tail!) with { StdinBytes = await _stdin.ReadAsync(session, parse) };
        var id = await session.Client.SubmitAsync(request, session.Interrupted);
        await session.Out.WriteLineAsync(
            session.Format is OutputFormat.Json or OutputFormat.JsonLines ? $"{{\"id\":\"{JsonEncodedText.Encode(id)}\"}}" : id
        );
        return ExitCodes.Ok;
    }
}
