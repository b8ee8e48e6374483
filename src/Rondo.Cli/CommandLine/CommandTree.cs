using System.CommandLine;
using System.CommandLine.Help;

namespace Rondo.Cli;

/// <summary>All commands of <c>rondo</c>.</summary>
internal static class CommandTree
{
    public static IReadOnlyList<string> Examples { get; } =
    [
        "rondo demo                          # four executors, one of them killed, nothing lost",
        "rondo start --data ./a              # an executor on 127.0.0.1:7070",
        "rondo run -- sh -c 'echo hello'     # a job, as if it ran here",
        "seq 100 | rondo map -- echo 'nr {}' # a job for each line, outputs in order",
    ];

    public static RootCommand Build(Surroundings surroundings, GlobalOptions globals)
    {
        var root = new RootCommand(
            "Rondo, a distributed job scheduler: executors in a ring share the jobs, and lose none when one of them crashes."
        )
        {
            new StartCommand(),
            new SubmitCommand(),
            new RunCommand(),
            new MapCommand(),
            new CommandGroup(
                "job",
                "Looks at jobs, waits for them, cancels or repeats them",
                "rondo job list --state running",
                "rondo job result k7q2-42 > out.bin"
            )
            {
                new JobListCommand(),
                new JobShowCommand(),
                new JobResultCommand(),
                new JobLogsCommand(),
                new JobWaitCommand(),
                new JobExplainCommand(),
                new JobCancelCommand(),
                new JobRetryCommand(),
            },
            new CommandGroup(
                "cron",
                "Submits jobs again and again, at the times of a cron expression",
                "rondo cron add nightly '30 2 * * *' --tz Europe/Berlin -- ./backup.sh",
                "rondo cron list"
            )
            {
                new CronAddCommand(),
                new CronListCommand(),
                new CronShowCommand(),
                new CronRemoveCommand(),
            },
            new RingCommand(),
            new CommandGroup("node", "Lists executors, and takes them out of the ring", "rondo node drain k7q2", "rondo node remove k7q2")
            {
                new NodeListCommand(),
                new NodeDrainCommand(),
                new NodeRemoveCommand(),
            },
            new DemoCommand(),
            new DoctorCommand(),
            new CompletionCommand(),
            new BenchCommand(),
        };
        root.Options.Add(globals.Output);
        root.Options.Add(globals.Address);
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpScreen(surroundings);
        help.Description = "Shows this help";
        foreach (var alias in help.Aliases.Where(alias => alias is not "-h").ToList())
        {
            help.Aliases.Remove(alias);
        }

        root.Options.OfType<VersionOption>().Single().Description = "Shows the version";
        new RingCompletions(surroundings, globals).AddTo(root);
        return root;
    }
}
