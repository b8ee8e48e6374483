using System.Diagnostics;
using System.Globalization;

namespace Rondo.Fuzz;

/// <summary>Runs parsers on damaged input: none may crash, hang, or take memory out of proportion to its input.</summary>
internal static class Fuzzing
{
    private const string Usage = """
        usage: rondo-fuzz [--executions N] [--seed N] [--target NAME]   (default: a million of each target)
               rondo-fuzz --target NAME --input BASE64                  one input, as a failure prints it
        """;

    private const int ExecutionsDefault = 1_000_000;
    private const int BytesAlways = 128 * 1024;
    private const int BytesPerByte = 512;
    private static readonly TimeSpan HangLimit = TimeSpan.FromSeconds(20);

    public static int Run(string[] args)
    {
        var (executions, seed, target, input) = (ExecutionsDefault, 1, (string?)null, (string?)null);
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            switch (args[i])
            {
                case "--executions" when int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out executions):
                case "--seed" when int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seed):
                    break;
                case "--target":
                    target = args[i + 1];
                    break;
                case "--input":
                    input = args[i + 1];
                    break;
                default:
                    Console.Error.WriteLine(Usage);
                    return 2;
            }
        }

        var targets = Target.All.Where(it => target is null || it.Name == target).ToArray();
        if (args.Length % 2 != 0 || targets.Length == 0)
        {
            Console.Error.WriteLine(Usage);
            return 2;
        }

        if (input is not null)
        {
            Console.WriteLine(targets[0].Parse(Convert.FromBase64String(input)) ? "understood" : "refused");
            return 0;
        }

        Console.WriteLine($"{"target", -10} {"executions", 12} {"understood", 12} {"most bytes", 12} {"a second", 10}");
        var failures = 0;
        Parallel.ForEach(
            targets,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            it =>
            {
                if (!RunOne(it, executions, seed))
                {
                    Interlocked.Increment(ref failures);
                }
            }
        );
        return failures == 0 ? 0 : 1;
    }

    private static bool RunOne(Target target, int executions, int seed)
    {
        var random = new Random(seed);
        var mutator = new Mutator(target.Valid, target.Words);
        var understood = 0;
        var most = 0L;
        byte[] input = [];
        var begun = Stopwatch.GetTimestamp();
        using var watch = new Timer(
            _ => EndIfStuck(target, Volatile.Read(ref begun), Volatile.Read(ref input)),
            null,
            HangLimit,
            HangLimit / 4
        );
        var clock = Stopwatch.StartNew();
        foreach (var valid in target.Valid)
        {
            // A corpus that is not understood would only test the first lines of a parser.
            understood += target.Parse(valid) ? 1 : 0;
        }

        if (understood == 0)
        {
            Console.WriteLine($"{target.Name}: nothing of what should be understood is");
            return false;
        }

        for (var i = 0; i < executions; i++)
        {
            Volatile.Write(ref input, mutator.Next(random));
            Volatile.Write(ref begun, Stopwatch.GetTimestamp());
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                understood += target.Parse(input) ? 1 : 0;
            }
            catch (Exception crash)
            {
                Console.WriteLine($"{target.Name}: {crash}\n{Replay(target, input)}");
                return false;
            }

            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            most = Math.Max(most, bytes);
            if (bytes > BytesAlways + ((long)BytesPerByte * input.Length))
            {
                Console.WriteLine($"{target.Name}: {bytes} bytes of memory for {input.Length} bytes of input\n{Replay(target, input)}");
                return false;
            }
        }

        Console.WriteLine(
            $"{target.Name, -10} {executions, 12:N0} {understood, 12:N0} {most, 12:N0} {executions / clock.Elapsed.TotalSeconds, 10:N0}"
        );
        return true;
    }

    private static void EndIfStuck(Target target, long begun, byte[] input)
    {
        if (Stopwatch.GetElapsedTime(begun) > HangLimit)
        {
            Console.WriteLine($"{target.Name} has not ended after {HangLimit.TotalSeconds} s\n{Replay(target, input)}");
            Environment.Exit(1);
        }
    }

    private static string Replay(Target target, byte[] input) =>
        $"  dotnet run -c Release --project tests/Rondo.Fuzz -- --target {target.Name} --input {Convert.ToBase64String(input)}";
}
