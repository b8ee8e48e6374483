using System.Runtime.CompilerServices;

namespace Rondo.Simulation;

/// <summary>A promise was broken.</summary>
internal sealed class Violation : Exception
{
    public Violation(string message)
        : base(message) { }

    public Violation(string message, Exception cause)
        : base(message, cause) { }

    public static void Unless(bool holds, string message)
    {
        if (!holds)
        {
            throw new Violation(message);
        }
    }

    /// <summary>Builds its text only when it is needed: for checks that run at every event.</summary>
    public static void Unless(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref Text text)
    {
        if (!holds)
        {
            throw new Violation(text.ToStringAndClear());
        }
    }

    /// <summary>What was broken; of a promise that was kept nothing is built.</summary>
    [InterpolatedStringHandler]
    public ref struct Text
    {
        private DefaultInterpolatedStringHandler _text;

        public Text(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = isNeeded ? new DefaultInterpolatedStringHandler(literalLength, formattedCount) : default;
        }

        public void AppendLiteral(string text) => _text.AppendLiteral(text);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

        public string ToStringAndClear() => _text.ToStringAndClear();
    }
}
