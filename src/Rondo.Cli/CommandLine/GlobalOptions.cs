using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>The options that every command has.</summary>
internal sealed class GlobalOptions
{
    public const string AddressVariable = "RONDO_ADDR";
    public const string OutputVariable = "RONDO_OUTPUT";

    public Option<string?> Output { get; } = CreateOutput();

    public Option<string[]> Address { get; } =
        new("--addr")
        {
            HelpName = "HOST:PORT",
            Description =
                $"Executors to speak to, tried in turn; repeat it or write a comma list. Default: {AddressVariable}, else {RondoClientOptions.DefaultAddress}",
            Recursive = true,
            Arity = ArgumentArity.OneOrMore,
        };

    public OutputFormat ReadOutput(ParseResult parse, Func<string, string?> environment)
    {
        if (parse.GetValue(Output) is { } given)
        {
            return OutputFormats.TryParse(given, out var format) ? format : throw Wrong("-o", given);
        }

        return environment(OutputVariable) is not { Length: > 0 } inherited ? OutputFormat.Table
            : OutputFormats.TryParse(inherited, out var set) ? set
            : throw Wrong(OutputVariable, inherited);
    }

    /// <summary>Where the addresses were read from, for what is said of a wrong one.</summary>
    public string AddressSource(ParseResult parse) => parse.GetValue(Address) is { Length: > 0 } ? Address.Name : AddressVariable;

    public string[] ReadAddresses(ParseResult parse, Func<string, string?> environment)
    {
        var lists =
            parse.GetValue(Address) is { Length: > 0 } given ? given
            : environment(AddressVariable) is { Length: > 0 } inherited ? [inherited]
            : [RondoClientOptions.DefaultAddress];
        return [.. lists.SelectMany(list => list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
    }

    /// <summary>For a command that writes bytes of jobs, which have no other form. What the environment says is meant for the others.</summary>
    /// <exception cref="UsageException">JSON was asked for on the command line.</exception>
    public static void RefuseFormat(ParseResult parse)
    {
        if (
            parse.GetResult("--output") is System.CommandLine.Parsing.OptionResult
            {
                Implicit: false,
                Tokens: [{ Value: "json" or "jsonl" }]
            } given
        )
        {
            throw new UsageException(
                $"{OptionKinds.Typed(given)}: {ParseProblems.PathOf(parse.CommandResult.Command)} writes what jobs wrote, byte for byte, and in no other form: leave it out. 'rondo run -o json' and 'rondo map -o jsonl' write outputs as JSON"
            );
        }
    }

    private static UsageException Wrong(string source, string value) =>
        new($"{source}: '{value}' is not a format: expected {OutputFormats.Names}");

    private static Option<string?> CreateOutput()
    {
        var option = new Option<string?>("--output", "-o")
        {
            HelpName = "FORMAT",
            Description = $"How data is written: {OutputFormats.Names}. Default: {OutputVariable}, else table",
            Recursive = true,
        };
        option.CustomParser = result =>
        {
            if (!OutputFormats.TryParse(result.Tokens[0].Value, out _))
            {
                result.AddError(Wrong("-o", result.Tokens[0].Value).Message);
            }

            return result.Tokens[0].Value;
        };
        option.CompletionSources.Add("table", "json", "jsonl", "quiet");
        return option;
    }
}
