using Spectre.Console;

namespace Rondo.Cli.Tests;

/// <summary>What is drawn, as it is written where there is no terminal.</summary>
internal static class Plain
{
    public static string Text(Action<IAnsiConsole> draw)
    {
        var text = new StringWriter { NewLine = "\n" };
        draw(Terminal.Create(text, isFancy: false));
        return text.ToString();
    }
}
