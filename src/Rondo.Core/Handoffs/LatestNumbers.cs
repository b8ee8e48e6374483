namespace Rondo.Core;

/// <summary>The highest transfer number of each of the latest jobs that something happened to. Bounded: the one noted first is forgotten first.</summary>
internal sealed class LatestNumbers
{
    /// <summary>How many jobs are remembered.</summary>
    public const int Remembered = 16_384;

    private readonly Dictionary<JobId, TransferNumber> _numbers = [];
    private readonly Queue<JobId> _order = [];

    public void Note(JobId id, TransferNumber number)
    {
        if (!_numbers.ContainsKey(id))
        {
            _order.Enqueue(id);
        }

        _numbers[id] = number;
        if (_order.Count > Remembered)
        {
            _numbers.Remove(_order.Dequeue());
        }
    }

    public bool Contains(JobId id) => _numbers.ContainsKey(id);

    /// <summary>True when it was noted under this number or a higher one.</summary>
    public bool Reaches(JobId id, TransferNumber number) => _numbers.TryGetValue(id, out var noted) && noted >= number;
}
