using System.CommandLine;
using System.CommandLine.Parsing;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Options that read their values with our own words for what is wrong with them.</summary>
internal static class OptionKinds
{
    public static Option<string?> Text(string name, string valueName, string description) =>
        new(name) { HelpName = valueName, Description = description };

    public static Option<string[]> Texts(string name, string valueName, string description) =>
        new(name)
        {
            HelpName = valueName,
            Description = description,
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = false,
        };

    public static Option<bool> Flag(string name, string description) => new(name) { Description = description };

    public static Option<int?> Number(string name, string valueName, string description, int min, int max)
    {
        var option = new Option<int?>(name) { HelpName = valueName, Description = description };
        option.CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out var number) && number >= min && number <= max)
            {
                return number;
            }

            result.AddError($"{name}: '{result.Tokens[0].Value}' is not a number from {min} to {max}");
            return null;
        };
        return option;
    }

    public static Option<TimeSpan?> Duration(string name, string description)
    {
        var option = new Option<TimeSpan?>(name) { HelpName = "DURATION", Description = description };
        option.CustomParser = result =>
        {
            if (DurationText.TryParse(result.Tokens[0].Value, out var duration))
            {
                return duration;
            }

            result.AddError($"{name}: '{result.Tokens[0].Value}' is not a duration: {DurationText.Expected}");
            return null;
        };
        return option;
    }

    public static Option<string?> Choice(string name, string valueName, string description, params string[] choices)
    {
        var option = new Option<string?>(name) { HelpName = valueName, Description = description };
        option.CustomParser = result =>
        {
            if (!choices.Contains(result.Tokens[0].Value))
            {
                result.AddError($"{name}: '{result.Tokens[0].Value}' is not one of {string.Join(", ", choices)}");
            }

            return result.Tokens[0].Value;
        };
        return option;
    }

    /// <summary>One job id.</summary>
    public static Argument<string> JobId()
    {
        var argument = new Argument<string>("ID") { Description = "The job's id, such as k7q2-42" };
        argument.CustomParser = result => ReadId(result, result.Tokens[0]);
        return argument;
    }

    /// <summary>One job id or more.</summary>
    public static Argument<string[]> JobIds()
    {
        var argument = new Argument<string[]>("ID")
        {
            Description = "The jobs' ids, such as k7q2-42 k7q2-43",
            Arity = ArgumentArity.OneOrMore,
        };
        argument.CustomParser = result => [.. result.Tokens.Select(token => ReadId(result, token))];
        return argument;
    }

    /// <summary>One executor id.</summary>
    public static Argument<string> ExecutorId()
    {
        var argument = new Argument<string>("ID") { Description = "The executor's id, such as k7q2; 'rondo ring' lists them" };
        argument.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (!Core.ExecutorId.TryParse(text, out _))
            {
                result.AddError($"'{text}' is not an executor id: expected 1 to 8 characters of a-z and 0-9, such as k7q2");
            }

            return text;
        };
        return argument;
    }

    private static string ReadId(ArgumentResult result, Token token)
    {
        if (token.Value.StartsWith('-'))
        {
            result.AddError($"'{token.Value}' is not an option here");
        }
        else if (!Core.JobId.TryParse(token.Value, out _))
        {
            result.AddError($"'{token.Value}' is not a job id: expected an executor id, a dash and a number, such as k7q2-42");
        }

        return token.Value;
    }
}
