using Rondo.Storage.Benchmarks;

// Usage: Rondo.Storage.Benchmarks disk|commit DIRECTORY [PAYLOAD BYTES]
var directory = args.ElementAtOrDefault(1) ?? Path.Combine(Path.GetTempPath(), "rondo-bench");
switch (args.FirstOrDefault())
{
    case "disk":
        DiskBenchmark.Run(directory);
        break;
    case "commit":
        Console.WriteLine($"the disk's own write and fdatasync of 4 KiB: {DiskBenchmark.Measure(directory, 4096)}");
        CommitBenchmark.Run(directory, args.Length > 2 ? int.Parse(args[2], null) : 100);
        break;
    default:
        Console.Error.WriteLine("usage: Rondo.Storage.Benchmarks disk|commit DIRECTORY [PAYLOAD BYTES]");
        return 2;
}

return 0;
