using System.Globalization;
using Rondo.Storage.Benchmarks;

const string usage = """
    usage: Rondo.Storage.Benchmarks WHAT DIRECTORY [NUMBERS]
      disk DIR                           what the disk itself takes to sync
      commit DIR [PAYLOAD BYTES]         jobs through a store, by the size of a commit
      generate DIR FINISHED UNFINISHED   makes a store with a history
      start DIR                          opens such a store, and starts the core with it
      read DIR                           look-ups and lists in it
      retain DIR JOBS-PER-SECOND         commits at a fixed rate, without and with deletion of old jobs
    """;
if (args.Length < 2)
{
    Console.Error.WriteLine(usage);
    return 2;
}

var directory = args[1];
switch (args[0])
{
    case "disk":
        DiskBenchmark.Run(directory);
        return 0;
    case "commit":
        Console.WriteLine($"the disk's own write and fdatasync of 4 KiB: {DiskBenchmark.Measure(directory, 4096)}");
        CommitBenchmark.Run(directory, (int)Number(2, 100));
        return 0;
    case "generate":
        HistoryBenchmark.Generate(directory, Number(2, 1_000_000), Number(3, 100_000));
        return 0;
    case "start":
        HistoryBenchmark.Start(directory);
        return 0;
    case "read":
        HistoryBenchmark.Read(directory);
        return 0;
    case "retain":
        HistoryBenchmark.Retain(directory, (int)Number(2, 5_000));
        return 0;
    default:
        Console.Error.WriteLine(usage);
        return 2;
}

long Number(int at, long otherwise) => args.Length > at ? long.Parse(args[at], CultureInfo.InvariantCulture) : otherwise;
