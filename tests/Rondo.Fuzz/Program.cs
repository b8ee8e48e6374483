using Rondo.Fuzz;

return Fuzzing.Run(args);
