using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>
/// The lines of a batch that name each other: each is handed in once those that it names have their ids, so that in the end they depend on
/// each other by ids like all other jobs. Not before all lines were read, since their order is free.
/// </summary>
internal sealed class BatchGraph
{
    /// <summary>The most lines of a batch that may name each other.</summary>
    public const int MaxLines = 100_000;

    /// <summary>The most bytes of them.</summary>
    public const long MaxBytes = 256L << 20;

    private readonly Dictionary<long, Node> _nodes = [];
    private readonly Dictionary<string, Node> _byRef = new(StringComparer.Ordinal);
    private readonly Queue<Node> _ready = [];
    private readonly Queue<(long Number, HttpProblem Problem)> _refused = [];
    private long _bytes;
    private int _left;

    /// <summary>True while there are lines that have neither an id nor a problem.</summary>
    public bool IsOpen => _left > 0;

    /// <summary>True when the line names others, or may be named by them.</summary>
    public static bool Concerns(JobRequest request) =>
        request.Ref is not null || request.After?.Exists(after => after.Ref is not null) == true;

    /// <summary>Takes a line; it is handed in later.</summary>
    /// <param name="number">The number of its first job among all of the batch.</param>
    /// <param name="line">Which line it is, from 1.</param>
    /// <exception cref="HttpProblem">There are too many, or another line has its name.</exception>
    public void Add(long number, long line, JobRequest request, ReadOnlyMemory<byte> json)
    {
        if (_nodes.Count == MaxLines || _bytes + json.Length > MaxBytes)
        {
            throw HttpProblem.TooLarge(
                $"at most {MaxLines} lines of {MaxBytes >> 20} MiB may name each other; send the rest in another batch"
            );
        }

        var node = new Node(number, line, request, json);
        if (request.Ref is { } name && !_byRef.TryAdd(name, node))
        {
            throw HttpProblem.BadRequest($"\"ref\" is \"{name}\", which line {_byRef[name].Line} has already");
        }

        _bytes += json.Length;
        _nodes.Add(number, node);
        _left++;
    }

    /// <summary>All lines are there: finds what cannot be, and what can go first.</summary>
    public void Begin()
    {
        foreach (var node in _nodes.Values)
        {
            foreach (var name in node.Names)
            {
                if (_byRef.TryGetValue(name, out var named))
                {
                    named.Dependents.Add(node);
                    node.Missing++;
                }
                else
                {
                    Refuse(node, HttpProblem.BadRequest($"\"after\" names #{name}, which no line of the batch has as its \"ref\""));
                }
            }
        }

        RefuseCycles();
        foreach (var node in _nodes.Values.Where(node => node.Missing == 0 && !node.IsOver))
        {
            _ready.Enqueue(node);
        }
    }

    /// <summary>The next line that can be handed in.</summary>
    public bool TryTake(out long number, out JobRequest request, out ReadOnlyMemory<byte> json)
    {
        if (_ready.TryDequeue(out var node))
        {
            (number, request, json) = (node.Number, node.Request, node.Json);
            return true;
        }

        (number, request, json) = (0, null!, default);
        return false;
    }

    /// <summary>The next line that was refused.</summary>
    public bool TryTakeRefused(out long number, out HttpProblem problem)
    {
        var taken = _refused.TryDequeue(out var refused);
        (number, problem) = refused;
        return taken;
    }

    /// <summary>A line was handed in; without ids it was not taken. One that is none of these is passed over.</summary>
    public void Answered(long number, IReadOnlyList<JobId> ids)
    {
        if (!_nodes.TryGetValue(number, out var node) || node.IsOver)
        {
            return;
        }

        (node.Ids, node.IsOver) = (ids, true);
        _left--;
        foreach (var dependent in node.Dependents)
        {
            if (ids.Count == 0)
            {
                Refuse(dependent, NotTaken(node));
            }
            else if (--dependent.Missing == 0 && !dependent.IsOver)
            {
                _ready.Enqueue(dependent);
            }
        }
    }

    /// <summary>The job of the line that has this name; of an array all its jobs.</summary>
    public IReadOnlyList<JobId> Resolve(string name) => _byRef[name].Ids;

    /// <summary>Whatever is left once those without names were taken away, again and again, goes round in a circle or hangs on one.</summary>
    private void RefuseCycles()
    {
        var missing = _nodes.Values.ToDictionary(node => node, node => node.Missing);
        var free = new Queue<Node>(_nodes.Values.Where(node => node.Missing == 0));
        while (free.TryDequeue(out var node))
        {
            missing.Remove(node);
            foreach (var dependent in node.Dependents)
            {
                if (--missing[dependent] == 0)
                {
                    free.Enqueue(dependent);
                }
            }
        }

        foreach (var node in missing.Keys.OrderBy(node => node.Number))
        {
            if (!node.IsOver)
            {
                RefuseCycle(node, missing);
            }
        }
    }

    private void RefuseCycle(Node start, Dictionary<Node, int> left)
    {
        // Everything that is left has something before it that is left: going back from one to the other leads into the circle.
        var path = new List<Node>();
        var seen = new HashSet<Node>();
        var node = start;
        while (!node.IsOver && seen.Add(node))
        {
            path.Add(node);
            node = node.Names.Select(name => _byRef.GetValueOrDefault(name)).First(named => named is not null && left.ContainsKey(named))!;
        }

        if (node.IsOver)
        {
            return;
        }

        path.RemoveRange(0, path.IndexOf(node));
        path.Reverse();
        var circle = string.Join(" before ", path.Append(path[0]).Select(member => "#" + member.Request.Ref));
        var problem = HttpProblem.BadRequest($"\"after\" goes round in a circle: {circle}");
        Refuse(path.Select(member => (member, problem)));
    }

    private void Refuse(Node node, HttpProblem problem) => Refuse([(node, problem)]);

    /// <summary>Refuses lines, and then whatever hangs on them.</summary>
    private void Refuse(IEnumerable<(Node, HttpProblem)> nodes)
    {
        var refused = new Queue<(Node, HttpProblem)>(nodes);
        while (refused.TryDequeue(out var next))
        {
            var (one, why) = next;
            if (one.IsOver)
            {
                continue;
            }

            one.IsOver = true;
            _left--;
            _refused.Enqueue((one.Number, why));
            foreach (var dependent in one.Dependents)
            {
                refused.Enqueue((dependent, NotTaken(one)));
            }
        }
    }

    private static HttpProblem NotTaken(Node node) =>
        HttpProblem.BadRequest($"\"after\" names #{node.Request.Ref}, and line {node.Number + 1}, which has that name, was not taken");

    private sealed class Node(long number, long line, JobRequest request, ReadOnlyMemory<byte> json)
    {
        public long Number => number;
        public long Line => line;
        public JobRequest Request => request;
        public ReadOnlyMemory<byte> Json => json;
        public List<Node> Dependents { get; } = [];
        public int Missing { get; set; }
        public IReadOnlyList<JobId> Ids { get; set; } = [];

        /// <summary>True once it has an id, or was refused.</summary>
        public bool IsOver { get; set; }

        public IEnumerable<string> Names => request.After?.Select(after => after.Ref).OfType<string>().Distinct() ?? [];
    }
}
