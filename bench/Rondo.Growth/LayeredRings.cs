namespace Rondo.Growth;

/// <summary>
/// A model of rings in two layers: groups of executors, each a ring with a token of its own, and one ring over a delegate of each group,
/// whose table has a row for a group. Only the numbers of jobs are modelled. With one group it is a model of the ring as it is.
/// </summary>
/// <remarks>
/// A delegate that sees its group above its share gives out credits: so many jobs may go from this group to that delegate. The credits
/// travel in the group's table, and whoever has jobs waiting uses them when the group's token comes: jobs go straight to the other
/// group's delegate, which deals them out in its own ring. So a job moves at most twice, however many groups there are.
/// </remarks>
internal sealed class LayeredRings
{
    private readonly int _groups;
    private readonly int _size;
    private readonly int[] _load;
    private readonly int[] _rows;
    private readonly int[] _groupRows;
    private readonly int[] _onTheWay;
    private readonly Dictionary<int, int>[] _credits;
    private readonly PriorityQueue<Action, (TimeSpan At, long Serial)> _events = new();
    private readonly TimeSpan _transfer;
    private readonly HopCost _cost;
    private TimeSpan _now;
    private long _serial;

    public LayeredRings(int groups, int size, HopCost cost, TimeSpan transfer)
    {
        (_groups, _size, _cost, _transfer) = (groups, size, cost, transfer);
        _load = new int[groups * size];
        _rows = new int[groups * size];
        _groupRows = new int[groups];
        _onTheWay = new int[groups];
        _credits = Enumerable.Range(0, groups).Select(_ => new Dictionary<int, int>()).ToArray();
    }

    /// <summary>How long a burst at one executor takes until all have the same number of jobs; handoffs counted a job.</summary>
    public (TimeSpan Took, double Handoffs) Burst(int jobsEach)
    {
        var random = new Random(1);
        var jobs = _load.Length * jobsEach;
        _load[_size / 2] = jobs;
        var handoffs = 0;

        // Each token is somewhere on its lap when the burst comes.
        for (var group = 0; group < _groups; group++)
        {
            VisitLower(group, random.Next(_size));
        }

        if (_groups > 1)
        {
            VisitUpper(random.Next(_groups));
        }

        while (!_load.All(load => load == jobsEach))
        {
            var visit = _events.TryDequeue(out var action, out var key)
                ? action
                : throw new InvalidOperationException("nothing happens any more");
            _now = key.At;
            visit();
        }

        return (_now, handoffs / (double)jobs);

        void VisitLower(int group, int member)
        {
            var first = group * _size;
            var self = first + member;
            _rows[self] = _load[self];
            var total = 0;
            for (var i = first; i < first + _size; i++)
            {
                total += _rows[i];
            }

            UseCredits(group, self, ref total);
            var share = (total + _size - 1) / _size;
            for (var i = first; i < first + _size && _load[self] > share; i++)
            {
                Give(self, i, Math.Min(_load[self] - share, share - _rows[i]));
            }

            _rows[self] = _load[self];
            After(_cost.Hop(_size), () => VisitLower(group, (member + 1) % _size));
        }

        void UseCredits(int group, int self, ref int total)
        {
            foreach (var (other, credit) in _credits[group].ToArray())
            {
                var given = Math.Min(credit, _load[self] - jobsEach);
                if (given <= 0)
                {
                    continue;
                }

                _load[self] -= given;
                handoffs += given;
                total -= given;
                _credits[group][other] -= given;
                After(_transfer, () => (_load[other * _size], _onTheWay[other]) = (_load[other * _size] + given, _onTheWay[other] - given));
            }
        }

        void Give(int from, int to, int given)
        {
            if (given <= 0 || from == to)
            {
                return;
            }

            _load[from] -= given;
            _rows[to] += given;
            handoffs += given;
            After(_transfer, () => _load[to] += given);
        }

        void VisitUpper(int group)
        {
            _groupRows[group] = _rows.AsSpan(group * _size, _size).ToArray().Sum();

            // What was not used by now was worked out from an older table.
            foreach (var (other, unused) in _credits[group])
            {
                _onTheWay[other] -= unused;
            }

            _credits[group].Clear();
            var sent = _onTheWay.Sum() - _credits.Sum(credits => credits.Values.Sum());
            var share = (_groupRows.Sum() + sent + _groups - 1) / _groups;
            var open = _groupRows[group] - share;
            for (var other = 0; other < _groups && open > 0; other++)
            {
                var given = other == group ? 0 : Math.Min(open, share - _groupRows[other] - _onTheWay[other]);
                if (given > 0)
                {
                    _credits[group][other] = given;
                    _onTheWay[other] += given;
                    open -= given;
                }
            }

            After(_cost.Hop(_groups), () => VisitUpper((group + 1) % _groups));
        }
    }

    private void After(TimeSpan delay, Action action) => _events.Enqueue(action, (_now + delay, ++_serial));
}
