namespace Rondo.Simulation;

/// <summary>
/// In calm runs of equal executors: within two laps of the last arrival or finish, running counts differ by at most 1, and no job waits
/// beside a free slot.
/// </summary>
/// <param name="grace">What a handoff itself takes beside the token's laps: its commits, messages and the start.</param>
internal sealed class BalanceWatch(Simulation simulation, long grace)
{
    private long _changedAt;
    private long _changedInLap;
    private long _checks;

    /// <summary>How often there was something to check: a check that never ran proves nothing.</summary>
    public long Checks => _checks;

    public void OnChange()
    {
        _changedAt = simulation.Now;
        _changedInLap = simulation.Token.Lap;
    }

    /// <param name="executors">How many executors the token visits; while some are missing, the ring is still forming.</param>
    public void OnLap(int executors)
    {
        if (executors < simulation.Machines.Count)
        {
            OnChange();
            return;
        }

        // The lap in which the change came is not whole.
        if (simulation.Token.Lap < _changedInLap + 3 || simulation.Now < _changedAt + grace)
        {
            return;
        }

        var fewest = int.MaxValue;
        var most = 0;
        var running = 0;
        var free = 0;
        foreach (var machine in simulation.Machines)
        {
            var here = machine.Process?.Runner.RunningOrStopping ?? 0;
            fewest = Math.Min(fewest, here);
            most = Math.Max(most, here);
            running += here;
            free += machine.Slots - here;
        }

        if (simulation.Jobs.Unfinished > running)
        {
            _checks++;
            Violation.Unless(most - fewest <= 1, "Two laps after the last change one executor runs {0} jobs and another {1}", most, fewest);
            Violation.Unless(
                free == 0,
                "Two laps after the last change {0} jobs wait beside {1} free slots",
                simulation.Jobs.Unfinished - running,
                free
            );
        }
    }
}
