using Rondo.Cli;

using var interrupts = Interrupts.Listen();
return await Invocation.RunAsync(args, Surroundings.OfProcess(interrupts));
