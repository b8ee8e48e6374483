using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// Finds out whether there is a job of an idempotency key, as the real executor does: in its own store, and if that does not know, by
/// asking others, whose core and then whose store answers.
/// </summary>
internal sealed class KeySearch(Simulation simulation, Machine machine, ExecutorProcess process)
{
    private const long Patience = 2 * VirtualTime.Second;

    public void Begin(Effect.FindKey find)
    {
        var own = machine.Store.FindKey(find.Key);
        if (own is not null || find.Elsewhere.Count == 0)
        {
            process.Receive(new Input.KeyFound(find.Key, own));
            return;
        }

        var open = find.Elsewhere.Count;
        KeyedJob? known = null;
        ExecutorId? unreachable = null;
        for (var i = 0; i < find.Elsewhere.Count; i++)
        {
            var asked = find.Elsewhere[i].Id;
            Ask(
                asked,
                find.Key,
                (job, isReached) =>
                {
                    known ??= job;
                    unreachable = isReached ? unreachable : asked;
                    if (--open == 0 && !process.Dead)
                    {
                        process.Receive(new Input.KeyFound(find.Key, known, known is null ? unreachable : null));
                    }
                }
            );
        }
    }

    private void Ask(ExecutorId asked, string key, Action<KeyedJob?, bool> answered)
    {
        var isOver = false;
        simulation.Do(Patience, () => End(null, isReached: false));
        if (simulation.Fleet.Find(asked) is { } other)
        {
            simulation.Network.Call(machine, other, () => Arrive(other));
        }

        void Arrive(Machine other)
        {
            if (other.Id == asked)
            {
                other.Process?.Ask(
                    new PendingRequest(
                        answer =>
                        {
                            var found = ((Answer.Key)answer).Known ?? other.Store.FindKey(key);
                            simulation.Network.Call(other, machine, () => End(found, isReached: true));
                        },
                        () => End(null, isReached: false)
                    ),
                    id => new Input.QueryKey(id, key)
                );
            }
        }

        void End(KeyedJob? found, bool isReached)
        {
            if (!isOver)
            {
                isOver = true;
                answered(found, isReached);
            }
        }
    }
}
