using System.Text;
using Spectre.Console;

namespace Rondo.Cli;

/// <summary>A writer as Spectre.Console sees it: coloured and alive on a terminal, plain text for anything else and under NO_COLOR.</summary>
internal static class Terminal
{
    /// <summary>Wide enough that nothing is cut or broken where nobody looks at a screen.</summary>
    private const int Unbounded = 100_000;

    public static IAnsiConsole Create(TextWriter writer, bool isFancy, Func<int>? width = null, Func<int>? height = null)
    {
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = isFancy ? AnsiSupport.Yes : AnsiSupport.No,
                ColorSystem = isFancy ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
                Interactive = isFancy ? InteractionSupport.Yes : InteractionSupport.No,
                Out = new Window(isFancy ? writer : new TrimmedWriter(writer), width, height),
            }
        );
        // Whether a terminal shows these characters does not depend on the locale's name: ours are all in UTF-8.
        console.Profile.Capabilities.Unicode = true;
        return console;
    }

    private sealed class Window(TextWriter writer, Func<int>? width, Func<int>? height) : IAnsiConsoleOutput
    {
        public TextWriter Writer => writer;

        public bool IsTerminal => true;

        public int Width => Math.Min(width?.Invoke() ?? Unbounded, Unbounded);

        public int Height => Math.Min(height?.Invoke() ?? Unbounded, Unbounded);

        public void SetEncoding(Encoding encoding)
        {
            // Always UTF-8, as everything else that is written.
        }
    }

    /// <summary>Leaves out the spaces at the ends of lines: they are there to overwrite what a terminal showed before.</summary>
    private sealed class TrimmedWriter(TextWriter writer) : TextWriter
    {
        private int _spaces;

        public override Encoding Encoding => writer.Encoding;

        public override void Write(char value)
        {
            switch (value)
            {
                case ' ':
                    _spaces++;
                    return;
                case '\r':
                    return;
                case '\n':
                    _spaces = 0;
                    break;
            }

            for (; _spaces > 0; _spaces--)
            {
                writer.Write(' ');
            }

            writer.Write(value);
        }

        public override void Flush() => writer.Flush();
    }
}
