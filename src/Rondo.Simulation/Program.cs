using Rondo.Simulation;

return CommandLine.Parse(args) switch
{
    { Problem: { } problem } => Runner.Complain(problem),
    { Seeds: [var seed], Twice: false } options => Runner.RunOne(seed, options),
    var options => Runner.RunMany(options),
};
