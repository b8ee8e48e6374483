using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// Nothing is said before the record that it rests on is on the disk: checked against the store at the moment that a message leaves. The
/// same commit may have gone on with the job, so that what was durable need not be in the store any more.
/// </summary>
internal static class DurableFirst
{
    public static void Check(Machine from, Message message)
    {
        var store = from.Store;
        switch (message)
        {
            case Message.Accept accept:
                foreach (var (id, transfer) in accept.Jobs)
                {
                    var has =
                        store.Active.ContainsKey(id)
                        || (id.Home == from.Id ? store.Finals.ContainsKey(id) : store.HighestHere(id) >= transfer.Value);
                    Violation.Unless(has, $"{from.Id} accepts {id}, which is not on its disk");
                }

                break;
            case Message.Result result:
                foreach (var ended in result.Jobs)
                {
                    Violation.Unless(
                        store.HasEnded(ended.Id, ended.Transfer),
                        $"{from.Id} sends a result of {ended.Id} that is not on its disk"
                    );
                }

                break;
            case Message.ResultAck ack:
                foreach (var (id, _) in ack.Jobs)
                {
                    Violation.Unless(!Waits(store, id), $"{from.Id} acknowledges the result of {id} before that is on its disk");
                }

                break;
            case Message.Offer offer:
                foreach (var job in offer.Jobs)
                {
                    Violation.Unless(
                        store.HasOffered(job.Id, job.Transfer),
                        $"{from.Id} offers {job.Id} under a number that is not on its disk"
                    );
                }

                break;
        }
    }

    /// <summary>True when a home's disk has the job, and nothing of an attempt that ended elsewhere.</summary>
    private static bool Waits(SimulatedStore store, JobId id) =>
        id.Home == store.Self
        && store.Active.TryGetValue(id, out var records)
        && records[0] is Record.Accepted { Terms.Retries: null }
        && records.TrueForAll(IsOfTheModels);

    /// <summary>A result that is tried again leaves a record of another kind than these; that of an outdated attempt leaves none.</summary>
    private static bool IsOfTheModels(Record.OfJob record) =>
        record
            is Record.Accepted
                or Record.Offered
                or Record.HandedOver
                or Record.Located
                or Record.TakenBack
                or Record.Started
                or Record.Interrupted
                or Record.CancelNoted;
}
