namespace Rondo.Cli;

/// <summary>Colours text for a terminal; leaves it as it is for anything else.</summary>
internal sealed class Ink(bool coloured)
{
    public static Ink None { get; } = new(false);

    public string Bold(string text) => Paint("1", text);

    public string Dim(string text) => Paint("2", text);

    public string Red(string text) => Paint("31", text);

    public string Green(string text) => Paint("32", text);

    public string Yellow(string text) => Paint("33", text);

    public string Cyan(string text) => Paint("36", text);

    /// <summary>The colour that a job's or an executor's state has everywhere.</summary>
    public string State(string state) =>
        state switch
        {
            "succeeded" or "alive" => Green(state),
            "failed" or "suspected" => Red(state),
            "cancelled" or "draining" => Yellow(state),
            "running" => Cyan(state),
            _ => state,
        };

    private string Paint(string code, string text) => coloured && text.Length > 0 ? $"\e[{code}m{text}\e[0m" : text;
}
