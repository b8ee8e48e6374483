using Rondo.Chaos;

var options = ChaosOptions.Parse(args);
if (options.Problem is { } problem)
{
    Console.Error.WriteLine($"rondo-chaos: {problem}\n{ChaosOptions.Usage}");
    return 2;
}

return await ChaosRun.RunAsync(options);
