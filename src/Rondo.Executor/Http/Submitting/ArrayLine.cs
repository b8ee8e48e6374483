using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>An array on its way: one request for many jobs, which is answered once all of them have their ids.</summary>
/// <param name="first">The number of its first job among all of the batch; the others follow on it.</param>
internal sealed class ArrayLine(long first, int count)
{
    private readonly JobId?[] _ids = new JobId?[count];
    private int _left = count;

    /// <summary>The number of its first job.</summary>
    public long First => first;

    /// <summary>How many bytes it counts while it is on its way.</summary>
    public long Bytes { get; init; }

    /// <summary>How many jobs it has.</summary>
    public int Count => _ids.Length;

    /// <summary>Why a job was not taken; those behind it are not tried any more. Null when all were taken.</summary>
    public HttpProblem? Problem { get; private set; }

    /// <summary>True while each job that has its id was known before by its idempotency key.</summary>
    public bool IsKnown { get; private set; } = true;

    /// <summary>True once nothing more is to come.</summary>
    public bool IsOver => _left == 0;

    /// <summary>The jobs that were taken, in the order of their indexes.</summary>
    public IReadOnlyList<JobId> Ids => [.. _ids.OfType<JobId>()];

    /// <summary>A job was taken.</summary>
    public void Taken(long number, JobId id, bool isKnown)
    {
        _ids[number - first] = id;
        IsKnown &= isKnown;
        _left--;
    }

    /// <summary>Jobs were not taken.</summary>
    public void Refused(HttpProblem problem, int jobs)
    {
        Problem ??= problem;
        _left -= jobs;
    }

    /// <summary>What the client is told when not all were taken: why, and which were.</summary>
    public HttpProblem Incomplete(HttpProblem problem)
    {
        var ids = Ids;
        return ids.Count == 0
            ? problem
            : problem.With($"{problem.Message} ({ids.Count} of the {Count} jobs of the array were taken: see \"ids\")", ids);
    }
}

/// <summary>The arrays of a batch, in the order of their lines.</summary>
internal sealed class ArrayLines
{
    private readonly List<ArrayLine> _arrays = [];

    public void Add(ArrayLine array) => _arrays.Add(array);

    /// <summary>The array that the job of a number is of; null when it is of none.</summary>
    public ArrayLine? Of(long number)
    {
        var (low, high) = (0, _arrays.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = _arrays[middle].First <= number ? (middle + 1, high) : (low, middle);
        }

        return low > 0 && _arrays[low - 1] is { } array && number < array.First + array.Count ? array : null;
    }
}
