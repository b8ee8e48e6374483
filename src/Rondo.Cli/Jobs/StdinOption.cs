using System.CommandLine;

namespace Rondo.Cli;

/// <summary><c>--stdin FILE</c>: what the job reads from its standard input.</summary>
internal sealed class StdinOption
{
    private readonly Option<string?> _option = OptionKinds.Text(
        "--stdin",
        "FILE",
        "The command's standard input, read from FILE; - for this command's own"
    );

    public void AddTo(Command command) => command.Options.Add(_option);

    public bool IsGiven(ParseResult parse) => parse.GetValue(_option) is not null;

    public async Task<byte[]?> ReadAsync(Session session, ParseResult parse)
    {
        if (parse.GetValue(_option) is not { } path)
        {
            return null;
        }

        if (path != "-")
        {
            return await File.ReadAllBytesAsync(path, session.Interrupted);
        }

        using var bytes = new MemoryStream();
        await session.Surroundings.Input.CopyToAsync(bytes, session.Interrupted);
        return bytes.ToArray();
    }
}
