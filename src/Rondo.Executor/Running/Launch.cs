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
    public string? Address
    {
        get;
        set
        {
            field = value;
            _common = null;
        }
    }

    /// <summary>True when commands are given a descriptor for their progress.</summary>
    public bool WithProgress { get; init; }

    private const string DefaultPath = "/usr/local/bin:/usr/bin:/bin";

    private static readonly string ProgressDescriptor = SpawnRequest.FurtherDescriptor.ToString(CultureInfo.InvariantCulture);

    private readonly Dictionary<string, string> _inherited = Environment
        .GetEnvironmentVariables()
        .Cast<DictionaryEntry>()
        .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? "", StringComparer.Ordinal);

    private Dictionary<string, (string Text, bool IsOurs)>? _common;

    /// <summary>What to spawn, without its descriptors; null when it cannot be started, with the reason.</summary>
    public SpawnRequest? Plan(Run run, CommandDefinition definition, out StartProblem? problem)
    {
        var directory = definition.WorkingDirectory.Length == 0 ? null : definition.WorkingDirectory;
        problem = directory is not null && DirectoryProblem(directory) is { } unusable ? new StartProblem(unusable) : null;
        if (problem is not null)
        {
            return null;
        }

        // As a shell in that directory with that environment would find it.
        var program = definition.Command[0];
        var path = FindProgram(program, directory ?? "", SearchPath(definition), out problem);
        return path is null
            ? null
            : new SpawnRequest
            {
                Path = path,
                Arguments = definition.Command,
                Environment = EnvironmentOf(run, definition),
                Directory = directory,
            };
    }

    private string SearchPath(CommandDefinition definition) =>
        definition.Environment.TryGetValue("PATH", out var own) || _inherited.TryGetValue("PATH", out own) ? own : DefaultPath;

    /// <summary>What this executor has, over that what the job says, and over both what we say.</summary>
    private List<string> EnvironmentOf(Run run, CommandDefinition definition)
    {
        _common ??= Common();
        var ours = new Dictionary<string, string>(3, StringComparer.Ordinal)
        {
            ["RONDO_JOB_ID"] = run.Id.ToString(),
            ["RONDO_ATTEMPT"] = run.Attempt.ToString(),
        };
        if (run.Index is { } index)
        {
            ours["RONDO_INDEX"] = index.ToString(CultureInfo.InvariantCulture);
        }

        var environment = new List<string>(_common.Count + definition.Environment.Count + ours.Count);
        foreach (var (name, (text, isOurs)) in _common)
        {
            if (isOurs || !(ours.ContainsKey(name) || definition.Environment.ContainsKey(name)))
            {
                environment.Add(text);
            }
        }

        foreach (var (name, value) in definition.Environment)
        {
            if (!ours.ContainsKey(name) && !(_common.TryGetValue(name, out var common) && common.IsOurs))
            {
                environment.Add($"{name}={value}");
            }
        }

        foreach (var (name, value) in ours)
        {
            environment.Add($"{name}={value}");
        }

        return environment;
    }

    /// <summary>What is the same for all jobs; most of them have nothing of their own, and all of this would be written anew for each.</summary>
    private Dictionary<string, (string Text, bool IsOurs)> Common()
    {
        var common = _inherited.ToDictionary(
            variable => variable.Key,
            variable => ($"{variable.Key}={variable.Value}", false),
            StringComparer.Ordinal
        );
        Set("RONDO_EXECUTOR", executor.ToString());
        Set(mark.Variable, mark.Start);
        if (Address is { } address)
        {
            Set("RONDO_ADDR", address);
        }

        if (WithProgress)
        {
            Set("RONDO_PROGRESS_FD", ProgressDescriptor);
        }

        return common;

        void Set(string name, string value) => common[name] = ($"{name}={value}", true);
    }

    /// <summary>What went wrong when a planned command was spawned.</summary>
    public static StartProblem ProblemOf(int error, string program) =>
        error switch
        {
            // The program is there: it was found a moment ago.
            Errno.NoEntry => new($"cannot start {program}: the interpreter that it names does not exist", StartProblem.NotFound),
            Errno.NotExecutable => new(
                $"cannot start {program}: it is neither a program for this machine nor a script with a #! line",
                StartProblem.NotExecutable
            ),
            Errno.AccessDenied => new($"permission denied: {program}", StartProblem.NotExecutable),
            Errno.NoProcess => new($"{program} was ended right after its start: the system had no descriptor left to watch it with"),
            Errno.TooBig => new(
                $"cannot start {program}: the arguments and the environment are too long for the system",
                StartProblem.NotExecutable
            ),
            _ => new($"cannot start {program}: {Errno.Describe(error)}", Errno.IsShortage(error) ? null : StartProblem.NotExecutable),
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

    private static string? FindProgram(string program, string directory, string searchPath, out StartProblem? problem)
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

        problem ??= new StartProblem($"command not found: {program}", StartProblem.NotFound);
        return null;
    }

    private static StartProblem? ProgramProblem(string name, string located)
    {
        if (Native.Access(located, Native.Executable) == 0)
        {
            return Directory.Exists(located) ? new($"not a program but a directory: {name}", StartProblem.NotExecutable) : null;
        }

        return Errno.Last switch
        {
            Errno.NoEntry or Errno.NotDirectory => new($"command not found: {name}", StartProblem.NotFound),
            Errno.AccessDenied => new($"permission denied: {name}", StartProblem.NotExecutable),
            var error => new($"cannot start {name}: {Errno.Describe(error)}", StartProblem.NotExecutable),
        };
    }
}
