using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// A job is taken back from an executor that was out of the ring for long enough, not at the first suspicion: most come back at once,
/// and each job taken back too early runs twice.
/// </summary>
internal sealed class RescueWatch(Simulation simulation)
{
    public const string OutOfTheRing = "executor out of the ring";

    public void OnStepped(Machine machine, StepOutput output)
    {
        if (machine.Process is not { } process)
        {
            return;
        }

        for (var i = 0; i < output.Records.Count; i++)
        {
            if (output.Records[i] is Record.MemberGone gone)
            {
                // Removed, or left for good: its jobs are free at once.
                process.KnownSince.Remove(gone.Id);
            }
            else if (
                output.Records[i] is Record.TakenBack { Why: OutOfTheRing } takenBack
                && process.KnownSince.TryGetValue(takenBack.From, out var known)
            )
            {
                Check(machine, takenBack, simulation.Now - known);
            }
        }

        for (var i = 0; i < output.Effects.Count; i++)
        {
            if (output.Effects[i] is Effect.Note { Event: CoreEvent.PeerJoined { Peer: var peer } })
            {
                process.KnownSince[peer.Id] = simulation.Now;
            }
            else if (output.Effects[i] is Effect.Note { Event: CoreEvent.PeerLeft { Peer: var left } })
            {
                // Both may come in one batch.
                process.KnownSince.Remove(left);
            }
        }
    }

    private void Check(Machine machine, Record.TakenBack takenBack, long absence) =>
        Violation.Unless(
            absence >= simulation.Scenario.RescueAfter.Ticks,
            $"{machine.Id} takes back {takenBack}, whose holder answered {absence / VirtualTime.Millisecond} ms ago"
        );
}
