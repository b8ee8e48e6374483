using System.CommandLine;

namespace Rondo.Cli;

internal sealed class JobCancelCommand : RondoCommand
{
    private readonly Argument<string[]> _ids = OptionKinds.JobIds();

    public JobCancelCommand()
        : base("cancel", "Cancels jobs that are not final yet") => Arguments.Add(_ids);

    public override string More => "A job that runs is ended; 'rondo job wait' tells when it has. A final job stays as it is.";

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo job cancel k7q2-42", "rondo job list --state waiting --all -o quiet | xargs rondo job cancel"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var outcomes = new JobOutcomes(session);
        foreach (var id in parse.GetValue(_ids)!)
        {
            outcomes.Add(await session.Client.CancelAsync(id, session.Interrupted));
        }

        outcomes.Finish();
        return ExitCodes.Ok;
    }
}
