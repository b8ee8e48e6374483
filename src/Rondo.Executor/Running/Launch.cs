using System.Collections;
using System.Globalization;
using Rondo.Core;
using Rondo.Executor.Running.Linux;
using Rondo.Executor.Running.Orphans;

namespace Rondo.Executor.Running;

/// <summary>Turns definitions into what is to be spawned: finds the program, checks the directory, and builds the environment.</summary>
internal sealed class Launch(ExecutorId executor, RunMark mark)
{
    /// <summary>Where clients reach this executor, as host:port; null while that is not known.</summary>
    public string? Address { get; set; }

    /// <summary>True when commands are given a descriptor for their progress.</summary>
    public bool WithProgress { get; init; }

    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin";

    private static readonly string ProgressDescriptor = SpawnRequest.ProgressDescriptor.ToString(CultureInfo.InvariantCulture);

    private readonly Dictionary<string, string> _inherited = Environment
        .GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    /// <summary>What to spawn, without its descriptors; null when it cannot be started, with the reason for people.</summary>
    public SpawnRequest? Plan(Run run, CommandDefinition definition, out string? problem)
    {
        var directory = definition.WorkingDirectory.Length == 0 ? null : definition.WorkingDirectory;
        problem = directory is null ? null : DirectoryProblem(directory);
        if (problem is not null)
        {
            return null;
        }

        var variables = new Dictionary<string, string>(_inherited, StringComparer.Ordinal);
        foreach (var (name, value) in definition.Environment)
        {
            variables[name] = value;
        }

        variables["RONDO_JOB_ID"] = run.Id.ToString();
        variables["RONDO_ATTEMPT"] = run.Attempt.ToString();
        variables["RONDO_EXECUTOR"] = executor.ToString();
        if (Address is { } address)
        {
            variables["RONDO_ADDR"] = address;
        }

        if (WithProgress)
        {
            variables["RONDO_PROGRESS_FD"] = ProgressDescriptor;
        }

        if (run.Index is { } index)
        {
            variables["RONDO_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
        }

        variables[mark.Variable] = mark.Start;

        // As a shell in that directory with that environment would find it.
        var program = definition.Command[0];
        var path = FindProgram(program, directory ?? "", variables.GetValueOrDefault("PATH", DefaultPath), out problem);
        return path is null
            ? null
            : new SpawnRequest
            {
                Path = path,
                Arguments = definition.Command,
                Environment = [.. variables.Select(variable => $"{variable.Key}={variable.Value}")],
                Directory = directory,
            };
    }

    /// <summary>What went wrong when a planned command was spawned, for people.</summary>
    public static string Describe(int error, string program) =>
        error switch
        {
            // The program is there: it was found a moment ago.
            Errno.NoEntry => $"cannot start {program}: the interpreter that it names does not exist",
            Errno.NotExecutable => $"cannot start {program}: it is neither a program for this machine nor a script with a #! line",
            Errno.AccessDenied => $"permission denied: {program}",
            Errno.NoProcess => $"{program} was ended right after its start: the system had no descriptor left to watch it with",
            Errno.TooBig => $"cannot start {program}: the arguments and the environment are too long for the system",
            _ => $"cannot start {program}: {Errno.Describe(error)}",
        };

    private static string? DirectoryProblem(string directory)
    {
        if (Native.Access(directory, Native.Executable) == 0)
        {
            return Directory.Exists(directory) ? null : $"working directory is not a directory: {directory}";
        }

        return Errno.Last switch
        {
            Errno.NoEntry => $"working directory does not exist: {directory}",
            Errno.AccessDenied when File.Exists(directory) => $"working directory is not a directory: {directory}",
            Errno.AccessDenied => $"permission denied: working directory {directory}",
            Errno.NotDirectory => $"working directory is not a directory: {directory}",
            var error => $"working directory {directory} cannot be used: {Errno.Describe(error)}",
        };
    }

    private static string? FindProgram(string program, string directory, string searchPath, out string? problem)
    {
        problem = null;
        if (program.Contains('/'))
        {
            problem = ProgramProblem(program, Path.Combine(directory, program));
            return problem is null ? program : null;
        }

        foreach (var entry in searchPath.Split(':'))
        {
            // An empty entry is the working directory; a relative one starts there.
            var candidate = Path.Combine(entry.Length == 0 ? "." : entry, program);
            var located = Path.Combine(directory, candidate);
            if (Native.Access(located, Native.Exists) != 0 || Directory.Exists(located))
            {
                continue;
            }

            if (ProgramProblem(candidate, located) is not { } unusable)
            {
                problem = null;
                return candidate;
            }

            problem = unusable; // Another one further on the path may do.
        }

        problem ??= $"command not found: {program}";
        return null;
    }

    private static string? ProgramProblem(string name, string located)
    {
        if (Native.Access(located, Native.Executable) == 0)
        {
            return Directory.Exists(located) ? $"not a program but a directory: {name}" : null;
        }

        return Errno.Last switch
        {
            Errno.NoEntry or Errno.NotDirectory => $"command not found: {name}",
            Errno.AccessDenied => $"permission denied: {name}",
            var error => $"cannot start {name}: {Errno.Describe(error)}",
        };
    }
}
