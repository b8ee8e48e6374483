namespace Rondo.Chaos.Ring;

/// <summary>
/// A network namespace for each executor, on one bridge with the clients. Whatever comes in from another executor can be dropped, in one
/// direction, all of it or some of it, or answered with a reset. All of it goes away with this process.
/// </summary>
internal sealed class Network
{
    private const string Folder = "/run/netns";

    private readonly int _executors;
    private readonly List<Rule>[] _rules;
    private readonly Lock _gate = new();

    public Network(int executors)
    {
        _executors = executors;
        _rules = [.. Enumerable.Range(0, executors).Select(_ => new List<Rule>())];
        Directory.CreateDirectory(Folder);
        Tool.Run("mount", "-t", "tmpfs", "tmpfs", Folder);
        Tool.Run("ip", "link", "set", "lo", "up");
        Tool.Run("ip", "link", "add", "chaos", "type", "bridge");
        Tool.Run("ip", "addr", "add", $"{Hub}/24", "dev", "chaos");
        Tool.Run("ip", "link", "set", "chaos", "up");
        for (var i = 0; i < executors; i++)
        {
            Tool.Run("ip", "netns", "add", Name(i));
            Tool.Run("ip", "link", "add", $"veth{i}", "type", "veth", "peer", "name", "eth0", "netns", Name(i));
            Tool.Run("ip", "link", "set", $"veth{i}", "master", "chaos", "up");
            Tool.Run("ip", "-n", Name(i), "addr", "add", $"{Address(i)}/24", "dev", "eth0");
            Tool.Run("ip", "-n", Name(i), "link", "set", "eth0", "up");
            Tool.Run("ip", "-n", Name(i), "link", "set", "lo", "up");
            Nft(i, "add table inet chaos; add chain inet chaos in { type filter hook input priority 0; }");
        }
    }

    /// <summary>Where the clients and the relays are.</summary>
    public static string Hub => "10.88.0.1";

    public static string Address(int executor) => $"10.88.0.{executor + 10}";

    /// <summary>Starts a program inside an executor's network.</summary>
    public static IReadOnlyList<string> Enter(int executor) => ["nsenter", $"--net={Folder}/{Name(executor)}"];

    /// <summary>Nothing, or only some, of what one executor sends arrives at another, until the returned value is disposed of.</summary>
    public IDisposable Drop(int from, int to, int percent = 100) =>
        Add(to, $"ip saddr {Address(from)} {(percent == 100 ? "" : $"numgen random mod 100 < {percent} ")}drop");

    /// <summary>Nothing goes between the two, in either direction.</summary>
    public IDisposable Cut(int one, int other) => new Both(Drop(one, other), Drop(other, one));

    /// <summary>What one executor sends to another is answered with a reset: its connections break at once.</summary>
    public IDisposable Reset(int from, int to) => Add(to, $"ip saddr {Address(from)} meta l4proto tcp reject with tcp reset");

    /// <summary>Two groups that hear nothing of each other.</summary>
    public IDisposable Partition(IReadOnlyCollection<int> side)
    {
        var rest = Enumerable.Range(0, _executors).Where(index => !side.Contains(index)).ToArray();
        return new Both([.. side.SelectMany(one => rest.Select(other => Cut(one, other)))]);
    }

    private static string Name(int executor) => $"e{executor}";

    private static void Nft(int executor, string commands) => Tool.Run("nsenter", $"--net={Folder}/{Name(executor)}", "nft", commands);

    private Rule Add(int at, string text)
    {
        var rule = new Rule(this, at, text);
        lock (_gate)
        {
            _rules[at].Add(rule);
            Apply(at);
        }

        return rule;
    }

    private void Apply(int at) =>
        Nft(at, "flush chain inet chaos in; " + string.Concat(_rules[at].Select(rule => $"add rule inet chaos in {rule.Text}; ")));

    private void Remove(Rule rule)
    {
        lock (_gate)
        {
            if (_rules[rule.At].Remove(rule))
            {
                Apply(rule.At);
            }
        }
    }

    private sealed class Rule(Network network, int at, string text) : IDisposable
    {
        public int At => at;

        public string Text => text;

        public void Dispose() => network.Remove(this);
    }

    private sealed class Both(params IDisposable[] parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }
        }
    }
}
