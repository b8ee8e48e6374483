using Rondo.Simulation;

return CommandLine.Parse(args) switch
{
    { Problem: { } problem } => Runner.Complain(problem),
    { Seeds: [var seed] } options => Runner.RunOne(seed, options.Trace),
    var options => Runner.RunMany(options),
};
