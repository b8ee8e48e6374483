using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Running.Streams;
using Rondo.Storage;

namespace Rondo.Executor.Loop;

/// <summary>
/// How much may be taken in from clients before the disk has no more left than what the results of what was taken in need: an executor whose
/// commit finds no room stops.
/// </summary>
/// <remarks>
/// It is asked for once a second while the loop has something to do, and once half of what there was is taken. The core counts down meanwhile. So whatever waits
/// for the loop, or is still read from clients, needs no room yet: it is refused when its turn comes and there is none. Used by whoever steps the core.
/// </remarks>
/// <param name="look">Tells what room the store has.</param>
/// <param name="directory">Where that is, for people.</param>
internal sealed class DiskRoom(Func<StoreSpace> look, string directory, ILogger logger)
{
    /// <summary>The most that is kept for results on a large file system; a small one keeps a tenth of itself.</summary>
    public const long ReserveMaxBytes = 64L << 20;

    private const int ReservePart = 10;

    /// <summary>What the run of each job that has not ended, and its end, take at least.</summary>
    private const long JobBytes = 512;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private TimeSpan _next;
    private long _given;
    private bool _isShort;

    /// <summary>What the core is to be told before the next batch; null while what it knows holds.</summary>
    /// <param name="now">A monotonic time.</param>
    /// <param name="bytesInFlight">What it has taken in that is not in the store yet.</param>
    public Input.Room? Look(TimeSpan now, ExecutorCore core, long bytesInFlight)
    {
        if (now < _next && core.RoomBytes >= _given / 2)
        {
            return null;
        }

        _next = now + Pause;
        var space = look();
        if (space.TotalBytes == 0)
        {
            _given = long.MaxValue;
            return new Input.Room(_given, "");
        }

        var margin = Math.Min(ReserveMaxBytes, space.TotalBytes / ReservePart);
        var reserve = margin + (JobBytes * core.Unfinished);

        // Results that find room in the tables still go through the journal, and through SQLite's own.
        var free = space.FreeBytes + (space.FreeBytes < margin / 2 ? 0 : space.EmptyBytes);
        var onTheWay = OutputFiles.CopiesOnDisk * (space.BehindBytes + bytesInFlight);
        var room = (free - reserve - onTheWay) / OutputFiles.CopiesOnDisk;
        var found =
            $"the file system of {directory} has {Size(free)} left; {Size(reserve)} are kept for the results of the jobs that are here, "
            + $"and {Size(onTheWay)} for what is on its way there";
        Tell(room < (_isShort ? margin / 4 : margin / 8), found);
        _given = _isShort ? 0 : room;
        return new Input.Room(
            _given,
            found + "; free some, keep finished jobs for less time (rondo start --keep-finished), ask another executor, or try again later"
        );
    }

    private void Tell(bool isShort, string found)
    {
        if (isShort && !_isShort)
        {
            LoopLog.NoRoom(logger, found);
        }
        else if (!isShort && _isShort)
        {
            LoopLog.RoomAgain(logger, found);
        }

        _isShort = isShort;
    }

    private static string Size(long bytes) => bytes >= 10 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
}
