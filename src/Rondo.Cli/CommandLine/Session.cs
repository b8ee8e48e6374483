using System.CommandLine;
using System.Text;
using Rondo.Client;
using Spectre.Console;

namespace Rondo.Cli;

/// <summary>One run of a command: where its data and its talk go, and the ring that it speaks to.</summary>
internal sealed class Session : IDisposable
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private readonly string _addressSource;
    private RondoClient? _client;
    private RondoClient? _waitingClient;

    public Session(Surroundings surroundings, GlobalOptions globals, ParseResult parse, string[]? tail)
    {
        Surroundings = surroundings;
        Tail = tail;
        Addresses = globals.ReadAddresses(parse, surroundings.Environment);
        _addressSource = globals.AddressSource(parse);
        Format = globals.ReadOutput(parse, surroundings.Environment);
        Out = new StreamWriter(surroundings.Output, Utf8) { NewLine = "\n" };
        Talk = TextWriter.Synchronized(new StreamWriter(surroundings.Error, Utf8) { NewLine = "\n", AutoFlush = true });
        OutageNote = new OutageNote(text => Talk.WriteLine("rondo: " + text), surroundings.Patience);
        OutConsole = Terminal.Create(
            Out,
            surroundings.IsOutputFancy,
            surroundings.OutputIsTerminal ? surroundings.Width : null,
            surroundings.Height
        );
        TalkConsole = Terminal.Create(
            Talk,
            surroundings.IsErrorFancy,
            surroundings.ErrorIsTerminal ? surroundings.Width : null,
            surroundings.Height
        );
    }

    public Surroundings Surroundings { get; }

    /// <summary>What stands behind <c>--</c>; null without one.</summary>
    public string[]? Tail { get; }

    public IReadOnlyList<string> Addresses { get; }

    public OutputFormat Format { get; }

    /// <summary>Data, for pipes. Flushed at the end, and by commands that write over time.</summary>
    public StreamWriter Out { get; }

    /// <summary>Talk, for people: it never mixes with data. What waits tells of it beside what is done.</summary>
    public TextWriter Talk { get; }

    /// <summary>Tells of outages that a command goes on through.</summary>
    public OutageNote OutageNote { get; }

    /// <summary><see cref="Out"/> for tables and pictures.</summary>
    public IAnsiConsole OutConsole { get; }

    /// <summary><see cref="Talk"/> for progress.</summary>
    public IAnsiConsole TalkConsole { get; }

    /// <summary>The first Ctrl-C.</summary>
    public CancellationToken Interrupted => Surroundings.Interrupts.First;

    /// <summary>Made when it is first needed, since not every command speaks to a ring.</summary>
    public RondoClient Client => _client ??= Create(new RondoClientOptions { Addresses = Addresses, SafeRetries = false });

    /// <summary>For <see cref="JobWaits"/>, which goes on by itself when nobody answers, and says so.</summary>
    public RondoClient WaitingClient =>
        _waitingClient ??= Create(new RondoClientOptions { Addresses = Addresses, OutageTolerance = TimeSpan.Zero });

    public void Dispose()
    {
        Out.Flush();
        _client?.Dispose();
        _waitingClient?.Dispose();
    }

    private RondoClient Create(RondoClientOptions options)
    {
        try
        {
            return new RondoClient(options);
        }
        catch (ArgumentException wrong)
        {
            throw new UsageException($"{_addressSource}: {wrong.Message.Split(" (Parameter", 2)[0]}");
        }
    }
}
