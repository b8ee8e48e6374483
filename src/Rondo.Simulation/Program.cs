using Rondo.Simulation;

YoungGeneration.Enlarge();
return CommandLine.Parse(args) switch
{
    { Problem: { } problem } => Runner.Complain(problem),
    { Mutants: not null } options => MutantRuns.Run(options),
    { Seeds: [var seed], Twice: false } options => Runner.RunOne(seed, options),
    var options => Runner.RunMany(options),
};
