using System.CommandLine;

namespace Rondo.Cli;

/// <summary>A command that does something, with what its help shows beyond its options.</summary>
internal abstract class RondoCommand : Command, IDescribed
{
    protected RondoCommand(string name, string description)
        : base(name, description) { }

    public virtual string? Synopsis => null;

    public virtual string? More => null;

    public virtual IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Tables => [];

    public abstract IReadOnlyList<string> Examples { get; }

    public virtual IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections => [];

    /// <summary>Whether it runs another command, given behind <c>--</c>.</summary>
    public virtual TailUse Tail => TailUse.None;

    public abstract Task<int> RunAsync(Session session, ParseResult parse);
}

/// <summary>What a command does with what stands behind <c>--</c>.</summary>
internal enum TailUse
{
    None,
    Optional,
    Needed,
}

/// <summary>A name for several commands.</summary>
internal sealed class CommandGroup(string name, string description, params IReadOnlyList<string> examples)
    : Command(name, description),
        IDescribed
{
    public string? Synopsis => null;

    public string? More => null;

    public IReadOnlyList<string> Examples => examples;

    public IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections => [];
}

/// <summary>What a help text says that the parser does not need to know.</summary>
internal interface IDescribed
{
    /// <summary>The usage line behind the command's name; null for the one that follows from its options.</summary>
    string? Synopsis { get; }

    /// <summary>A paragraph under the description; null for none.</summary>
    string? More { get; }

    /// <summary>Words that are not options, with their meanings.</summary>
    IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Tables => [];

    /// <summary>Command lines that work, each with a remark behind <c>#</c> where it helps.</summary>
    IReadOnlyList<string> Examples { get; }

    /// <summary>Options that the help shows under a title of their own.</summary>
    IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections { get; }
}
