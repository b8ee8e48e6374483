using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Runs a command and says in one line what went wrong, where something did.</summary>
internal static class Invocation
{
    private const string SuggestionBegin = "[suggest:";

    public static async Task<int> RunAsync(string[] arguments, Surroundings surroundings)
    {
        try
        {
            return await RunToItsEndAsync(arguments, surroundings);
        }
        catch (OutputClosedException)
        {
            // Help that is piped into head, or a pager that is left.
            return ExitCodes.OutputClosed;
        }
    }

    private static async Task<int> RunToItsEndAsync(string[] arguments, Surroundings surroundings)
    {
        var (own, tail) = CommandTail.Split(arguments);
        var globals = new GlobalOptions();
        var root = CommandTree.Build(surroundings, globals);
        own = own is ["help", .. var path] ? [.. path, "--help"] : own;
        own = IsSuggestion(own) ? WithProgram(own, root.Name) : own;
        var parse = root.Parse(own, new ParserConfiguration { ResponseFileTokenReplacer = null });
        using var output = new StreamWriter(surroundings.Output, leaveOpen: true) { NewLine = "\n" };
        using var error = new StreamWriter(surroundings.Error, leaveOpen: true) { NewLine = "\n", AutoFlush = true };
        if (own.Length == 0)
        {
            HelpScreen.Write(output, root, surroundings);
            return ExitCodes.Ok;
        }

        // Help is shown of a command that is not complete, but of none that is not there.
        var isWrong =
            parse.Action is HelpScreen
                ? parse.UnmatchedTokens.Count > 0 && parse.CommandResult.Command is not RondoCommand
                : parse.Errors.Count > 0;
        if (isWrong && !IsSuggestion(own))
        {
            ParseProblems.Write(error, parse);
            return ExitCodes.Usage;
        }

        if (parse.Action is null && parse.CommandResult.Command is RondoCommand command)
        {
            return await RunAsync(command, surroundings, globals, parse, tail);
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await parse.InvokeAsync(configuration);
    }

    private static async Task<int> RunAsync(
        RondoCommand command,
        Surroundings surroundings,
        GlobalOptions globals,
        ParseResult parse,
        string[]? tail
    )
    {
        try
        {
            if (command.Tail == TailUse.Needed && tail is null or [])
            {
                throw new UsageException($"the command goes behind '--', for example: {command.Examples[0].Split("  #")[0].TrimEnd()}");
            }

            if (command.Tail == TailUse.None && tail is not null)
            {
                throw new UsageException("'--' begins a command to run as a job: it belongs to submit, run, map and cron add");
            }

            using var session = new Session(surroundings, globals, parse, tail);
            return await command.RunAsync(session, parse);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            return await ReportAsync(failure, parse, surroundings);
        }
    }

    private static async Task<int> ReportAsync(Exception failure, ParseResult parse, Surroundings surroundings)
    {
        var (code, text) = failure switch
        {
            UsageException => (ExitCodes.Usage, $"{failure.Message}\nSee {ParseProblems.PathOf(parse.CommandResult.Command)} --help"),
            RondoUnreachableException => (
                ExitCodes.Unreachable,
                $"{failure.Message}\nStart an executor with 'rondo start --data DIR', or say where one is: --addr HOST:PORT or {GlobalOptions.AddressVariable}"
            ),
            TimeOverException => (ExitCodes.TimedOut, failure.Message),
            NothingFoundException or RondoException { Type: ProblemTypes.NotFound } => (ExitCodes.NotFound, failure.Message),
            RondoException { Type: ProblemTypes.BadRequest } => (ExitCodes.Usage, PlacelessProblem.Of(failure.Message)),
            RondoException => (ExitCodes.Error, PlacelessProblem.Of(failure.Message)),
            OperationCanceledException when surroundings.Interrupts.First.IsCancellationRequested => (ExitCodes.Interrupted, null),
            OutputClosedException => (ExitCodes.OutputClosed, null),
            IOException or UnauthorizedAccessException => (ExitCodes.Error, failure.Message),
            _ when failure.GetBaseException() is DllNotFoundException missing => (
                ExitCodes.Error,
                $"a library is missing that belongs beside the program, in {AppContext.BaseDirectory}: {missing.Message.Split(". ")[0]}"
            ),
            _ => (ExitCodes.Error, $"{failure.Message}\nThis is a fault in rondo itself ({failure.GetType().Name}{At(failure)})"),
        };
        if (text is not null)
        {
            await using var error = new StreamWriter(surroundings.Error, leaveOpen: true) { NewLine = "\n" };
            await error.WriteLineAsync($"rondo: {text}");
        }

        return code;
    }

    /// <summary>A shell asks for words that complete a line, which is not right yet.</summary>
    private static bool IsSuggestion(string[] arguments) =>
        arguments is [var directive, _] && directive.StartsWith(SuggestionBegin, StringComparison.Ordinal);

    /// <summary>The parser takes the first word of a line for the program, when an option is the first.</summary>
    private static string[] WithProgram(string[] arguments, string program) =>
        int.TryParse(arguments[0].AsSpan()[SuggestionBegin.Length..^1], out var position)
            ? [$"{SuggestionBegin}{position + program.Length + 1}]", $"{program} {arguments[1]}"]
            : arguments;

    /// <summary>The place alone: a whole stack trace says nothing to those who run jobs.</summary>
    private static string At(Exception failure) =>
        failure.StackTrace?.Split('\n').FirstOrDefault(line => line.Contains("Rondo.", StringComparison.Ordinal)) is { } line
            ? " " + line.Trim()
            : "";
}
