using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Options that read their values with our own words for what is wrong with them.</summary>
internal static class OptionKinds
{
    public const string ExecutorIdName = "EXECUTOR";

    private const int NameMaxLength = 256;

    /// <summary>A text that is not empty: an empty one is a variable of a script that was never set, and not meant as no option.</summary>
    public static Option<string?> Text(string name, string valueName, string description)
    {
        var option = new Option<string?>(name) { HelpName = valueName, Description = description };
        option.CustomParser = result =>
        {
            if (result.Tokens[0].Value.Length == 0)
            {
                result.AddError($"{Typed(result)} is empty: expected {valueName}");
            }

            return result.Tokens[0].Value;
        };
        return option;
    }

    /// <summary>A text that is not empty, and not longer than executors take.</summary>
    public static Option<string?> Name(string name, string valueName, string description)
    {
        var option = Text(name, valueName, description);
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (text.Length is 0 or > NameMaxLength)
            {
                result.AddError(
                    text.Length == 0
                        ? $"{Typed(result)} is empty; leave it out instead"
                        : $"{Typed(result)} is longer than {NameMaxLength} characters"
                );
            }

            return text;
        };
        return option;
    }

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
        var expected = (min, max) is (int.MinValue, int.MaxValue) ? "a whole number" : $"a number from {min} to {max}";
        var option = new Option<int?>(name) { HelpName = valueName, Description = description };
        option.CustomParser = result =>
        {
            if (int.TryParse(result.Tokens[0].Value, out var number) && number >= min && number <= max)
            {
                return number;
            }

            result.AddError($"{Typed(result)}: '{result.Tokens[0].Value}' is not {expected}");
            return null;
        };
        return option;
    }

    /// <summary>A number of bytes, or of KiB, MiB or GiB with that behind it.</summary>
    public static Option<long?> Size(string name, string description, long least, long most)
    {
        var option = new Option<long?>(name) { HelpName = "SIZE", Description = description };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            var (digits, unit) =
                text.EndsWith("GiB", StringComparison.Ordinal) ? (text[..^3], 1L << 30)
                : text.EndsWith("MiB", StringComparison.Ordinal) ? (text[..^3], 1L << 20)
                : text.EndsWith("KiB", StringComparison.Ordinal) ? (text[..^3], 1L << 10)
                : (text, 1L);
            if (!Int128.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                result.AddError(
                    $"{Typed(result)}: '{text}' is not a size: expected a number of bytes, or of KiB, MiB or GiB, such as 16MiB"
                );
            }
            else if (number * unit < least)
            {
                result.AddError($"{Typed(result)}: '{text}' is too small: expected at least {SizeText(least)}");
            }
            else if (number * unit > most)
            {
                result.AddError($"{Typed(result)}: '{text}' is too large: expected at most {SizeText(most)}");
            }
            else
            {
                return (long)(number * unit);
            }

            return null;
        };
        return option;
    }

    private static string SizeText(long bytes) =>
        bytes % (1 << 30) == 0 ? $"{bytes >> 30}GiB"
        : bytes % (1 << 20) == 0 ? $"{bytes >> 20}MiB"
        : bytes % (1 << 10) == 0 ? $"{bytes >> 10}KiB"
        : $"{bytes}";

    public static Option<TimeSpan?> Duration(string name, string description, TimeSpan least = default, TimeSpan? most = null)
    {
        var option = new Option<TimeSpan?>(name) { HelpName = "DURATION", Description = description };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (!DurationText.TryParse(text, out var duration))
            {
                result.AddError(
                    $"{Typed(result)}: '{text}' is not a duration: {DurationText.Expected}, at most {DurationText.Format(DurationText.Max)}"
                );
            }
            else if (duration < least)
            {
                result.AddError($"{Typed(result)}: '{text}' is too short: expected at least {DurationText.Format(least)}");
            }
            else if (duration > most)
            {
                result.AddError($"{Typed(result)}: '{text}' is too long: expected at most {DurationText.Format(most.Value)}");
            }
            else
            {
                return duration;
            }

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
                var word = result.Tokens[0].Value;
                result.AddError($"{Typed(result)}: '{word}' is not one of {string.Join(", ", choices)}{NearestWord.Hint(word, choices)}");
            }

            return result.Tokens[0].Value;
        };
        option.CompletionSources.Add(choices);
        return option;
    }

    /// <summary>A number that need not be whole.</summary>
    public static Option<double?> Fraction(string name, string description, double min, double max)
    {
        var option = new Option<double?>(name) { HelpName = "X", Description = description };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (
                double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number >= min
                && number <= max
            )
            {
                return number;
            }

            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{Typed(result)}: '{text}' is not a number from {min} to {max}"));
            return null;
        };
        return option;
    }

    /// <summary>
    /// A moment: RFC 3339, or as people write it, and then in local time. Which one is meant depends on the clock, which is not known yet while
    /// the command line is read.
    /// </summary>
    public static Option<Func<TimeProvider, DateTimeOffset>?> Time(string name, string description)
    {
        var option = new Option<Func<TimeProvider, DateTimeOffset>?>(name) { HelpName = "TIME", Description = description };
        option.CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Times.TryParse(text, TimeProvider.System, out _))
            {
                return clock => Times.Parse(text, clock);
            }

            result.AddError($"{Typed(result)}: '{text}' is not a time: {Times.Expected}");
            return null;
        };
        return option;
    }

    /// <summary>Exit codes of commands, as a comma list.</summary>
    public static Option<int[]?> ExitCodes(string name, string description)
    {
        var option = new Option<int[]?>(name) { HelpName = "CODE,...", Description = description };
        option.CustomParser = result =>
        {
            List<int> codes = [];
            foreach (var part in result.Tokens[0].Value.Split(','))
            {
                if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 1 or > 255)
                {
                    result.AddError(
                        $"{Typed(result)}: '{part}' is not an exit code of a failure: expected numbers from 1 to 255, such as 1,75"
                    );
                    return null;
                }

                codes.Add(code);
            }

            return [.. codes];
        };
        return option;
    }

    /// <summary>The option as it was typed, which may be its short form.</summary>
    public static string Typed(ArgumentResult result) => Typed((OptionResult)result.Parent!);

    /// <inheritdoc cref="Typed(ArgumentResult)"/>
    public static string Typed(OptionResult result) => result.IdentifierToken?.Value ?? result.Option.Name;

    /// <summary>One executor id.</summary>
    public static Argument<string> ExecutorId()
    {
        var argument = new Argument<string>(ExecutorIdName) { Description = "The executor's id, such as k7q2; 'rondo ring' lists them" };
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
}
