using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Measures the balance that is promised: within two laps of the last arrival or finish, running counts differ by at most 1 as long as
/// jobs wait.
/// </summary>
/// <remarks>
/// A look counts when all executors are alive, jobs wait, and the token went round twice since an earlier look with the same number of
/// unfinished jobs, the same generation of the token and the same starts of the executors: then nothing arrived, finished, joined or
/// crashed in between. Arrivals and finishes cannot cancel each other out, since the demo's jobs all arrive before it measures.
/// </remarks>
internal sealed class BalanceMeter(int executors)
{
    private const int SettleLaps = 2;

    private (int Unfinished, string? Generation, long Starts) _moment;
    private long _sinceLap;
    private bool _isSettling;

    /// <summary>The largest difference of running counts in a look that counts.</summary>
    public int Largest { get; private set; }

    /// <summary>How many looks counted.</summary>
    public int Looks { get; private set; }

    public void Look(RingStatus ring)
    {
        if (ring.Token is not { } token || ring.Executors.Count != executors || !ring.Executors.All(executor => executor.IsAlive))
        {
            _isSettling = false;
            return;
        }

        var waiting = ring.Executors.Sum(executor => executor.Waiting);
        var moment = (
            ring.Executors.Sum(executor => executor.Running) + waiting,
            token.Generation,
            ring.Executors.Sum(executor => executor.Incarnation)
        );
        if (!_isSettling || moment != _moment)
        {
            _moment = moment;
            _sinceLap = token.Lap;
            _isSettling = true;
        }
        else if (waiting > 0 && token.Lap >= _sinceLap + SettleLaps)
        {
            Looks++;
            Largest = Math.Max(
                Largest,
                ring.Executors.Max(executor => executor.Running) - ring.Executors.Min(executor => executor.Running)
            );
        }
    }
}
