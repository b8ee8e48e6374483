// A process for tests to kill: it runs one command for each argument after the first, which is its data directory, and waits.
using Rondo.Core;
using Rondo.Executor.Running;

var options = new CommandRunnerOptions { Executor = ExecutorId.Parse("crash"), DataDirectory = args[0] };
using var runner = new CommandRunner(options, ended => Console.WriteLine($"{ended.Id} ended: {ended.Outcome.Error}"));
for (var index = 1; index < args.Length; index++)
{
    var definition = new CommandDefinition { Command = ["sh", "-c", args[index]] };
    runner.Start(new JobId(options.Executor, index), new Attempt(1), new JobContent(definition.ToUtf8(), default));
}

Console.WriteLine("ready");
await Task.Delay(Timeout.Infinite);
