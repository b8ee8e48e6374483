using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Nothing is said before the record that it rests on is on the disk: checked against the store at the moment that a message leaves.</summary>
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
                    Violation.Unless(has, "{0} accepts {1}, which is not on its disk", from.Id, id);
                }

                break;
            case Message.Result result:
                foreach (var ended in result.Jobs)
                {
                    var isRecorded =
                        store.IsOver(ended.Id)
                        || (store.Active.TryGetValue(ended.Id, out var records) && records.Exists(record => record is Record.Finished));
                    Violation.Unless(isRecorded, "{0} sends a result of {1} that is not on its disk", from.Id, ended.Id);
                }

                break;
            case Message.ResultAck ack:
                foreach (var (id, _) in ack.Jobs)
                {
                    Violation.Unless(!Waits(store, id), "{0} acknowledges the result of {1} before that is on its disk", from.Id, id);
                }

                break;
            case Message.Offer offer:
                foreach (var job in offer.Jobs)
                {
                    var isRecorded =
                        store.IsOver(job.Id)
                        || (store.Active.TryGetValue(job.Id, out var records) && records.Exists(record => IsOffer(record, job.Transfer)));
                    Violation.Unless(isRecorded, "{0} offers {1} under a number that is not on its disk", from.Id, job.Id);
                }

                break;
        }
    }

    private static bool IsOffer(Record.OfJob record, TransferNumber transfer) =>
        record is Record.Offered offered && offered.Transfer == transfer;

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
