using System.CommandLine;

namespace Rondo.Cli;

/// <summary>A command that does something, with what its help shows beyond its options.</summary>
internal abstract class RondoCommand : Command, IDescribed
{
    protected RondoCommand(string name, string description)
        : base(name, description) { }

    public virtual string? Synopsis => null;

    public virtual string? More => null;

    public abstract IReadOnlyList<string> Examples { get; }

    /// <summary>True for a command that runs another one, given behind <c>--</c>.</summary>
    public virtual bool TakesTail => false;

    public abstract Task<int> RunAsync(Session session, ParseResult parse);
}

/// <summary>A name for several commands.</summary>
internal sealed class CommandGroup(string name, string description, params IReadOnlyList<string> examples)
    : Command(name, description),
        IDescribed
{
    public string? Synopsis => null;

    public string? More => null;

    public IReadOnlyList<string> Examples => examples;
}

/// <summary>What a help text says that the parser does not need to know.</summary>
internal interface IDescribed
{
    /// <summary>The usage line behind the command's name; null for the one that follows from its options.</summary>
    string? Synopsis { get; }

    /// <summary>A paragraph under the description; null for none.</summary>
    string? More { get; }

    /// <summary>Command lines that work, each with a remark behind <c>#</c> where it helps.</summary>
    IReadOnlyList<string> Examples { get; }
}
