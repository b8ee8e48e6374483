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
                    Violation.Unless(has, $"{from.Id} accepts {id}, which is not on its disk");
                }

                break;
            case Message.Result result:
                foreach (var ended in result.Jobs)
                {
                    var isRecorded =
                        store.IsOver(ended.Id)
                        || (store.Active.TryGetValue(ended.Id, out var records) && records.Exists(record => record is Record.Finished));
                    Violation.Unless(isRecorded, $"{from.Id} sends a result of {ended.Id} that is not on its disk");
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
                    var isRecorded =
                        store.IsOver(job.Id)
                        || (store.Active.TryGetValue(job.Id, out var records) && records.Exists(record => IsOffer(record, job.Transfer)));
                    Violation.Unless(isRecorded, $"{from.Id} offers {job.Id} under a number that is not on its disk");
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
