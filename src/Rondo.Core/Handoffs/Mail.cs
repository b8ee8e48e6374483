using System.Diagnostics.CodeAnalysis;

namespace Rondo.Core;

/// <summary>Packs what is due for a peer into messages of bounded size.</summary>
internal sealed class Mail(JobTable jobs, Incarnation self, Turn turn)
{
    private readonly Func<Peer, EquatableList<JobTransfer>, Message> _reject = (_, batch) => new Message.Reject(batch) { By = self };

    /// <summary>Sends what gathered for a peer and what is due.</summary>
    public void Flush(Peer peer)
    {
        SendAnswers(peer);
        if (peer.Suspected)
        {
            return;
        }

        Send<OfferedJob>(
            peer,
            peer.Offers,
            OfferOf,
            static job => job.Content.Size,
            static (peer, batch) => new Message.Offer(batch) { To = peer.Member.Incarnation, Load = peer.LoadWithOffers }
        );
        Send<JobResult>(
            peer,
            peer.Results,
            ResultOf,
            static result => result.Outcome.Output.Size,
            static (_, batch) => new Message.Result(batch)
        );
        Send<HeldJob>(peer, peer.Reports, HoldingOf, static _ => 0, static (_, batch) => new Message.Holding(batch));
        Send<JobId>(peer, peer.Cancels, CancelOf, static _ => 0, static (_, batch) => new Message.Cancel(batch));
        Send<JobTransfer>(peer, peer.Checks, CheckOf, static _ => 0, static (_, batch) => new Message.Check(batch));
        SendDue(peer, peer.Awaits, static (_, id) => id, static (_, batch) => new Message.Await(batch));
        SendDue(peer, peer.Ends, static (peer, id) => new JobEnded(id, peer.EndsAs[id]), static (_, batch) => new Message.Ended(batch));
    }

    private void SendAnswers(Peer peer)
    {
        SendAll(peer, peer.Accepts, static (_, batch) => new Message.Accept(batch));
        SendAll(peer, peer.Rejects, _reject);
        SendAll(peer, peer.Verdicts, static (_, batch) => new Message.HoldingAck(batch));
        SendAll(peer, peer.ResultAcks, static (_, batch) => new Message.ResultAck(batch));
        SendAll(peer, peer.AwaitAnswers, static (_, batch) => new Message.Ended(batch));
        SendAll(peer, peer.EndedAcks, static (_, batch) => new Message.EndedAck(batch));
    }

    private void SendAll<T>(Peer peer, List<T> items, Func<Peer, EquatableList<T>, Message> pack)
    {
        for (var at = 0; at < items.Count; at += Message.MaxJobs)
        {
            var batch = items.GetRange(at, Math.Min(Message.MaxJobs, items.Count - at));
            turn.Send(peer.Member, pack(peer, new EquatableList<T>([.. batch])));
        }

        items.Clear();
    }

    /// <summary>What is small, and is said of jobs that this executor need not have itself.</summary>
    private void SendDue<T>(Peer peer, Outbox box, Func<Peer, JobId, T> describe, Func<Peer, EquatableList<T>, Message> pack)
    {
        if (box.Count == 0 || box.NextDeadline > turn.Now.Elapsed)
        {
            return;
        }

        var due = new List<T>();
        while (box.TryTake(turn.Now.Elapsed, out var id))
        {
            due.Add(describe(peer, id));
        }

        SendAll(peer, due, pack);
    }

    private void Send<T>(Peer peer, Outbox box, Describe<T> describe, Func<T, long> size, Func<Peer, EquatableList<T>, Message> pack)
    {
        if (box.Count == 0 || box.NextDeadline > turn.Now.Elapsed)
        {
            return;
        }

        var batch = new List<T>();
        long bytes = 0;
        while (box.TryTake(turn.Now.Elapsed, out var id))
        {
            if (jobs.Find(id) is not { } job || !describe(peer, job, out var item))
            {
                box.Remove(id);
                continue;
            }

            if (batch.Count == Message.MaxJobs || (batch.Count > 0 && bytes + size(item) > Message.SoftMaxBytes))
            {
                turn.Send(peer.Member, pack(peer, new EquatableList<T>([.. batch])));
                batch.Clear();
                bytes = 0;
            }

            batch.Add(item);
            bytes += size(item);
        }

        if (batch.Count > 0)
        {
            turn.Send(peer.Member, pack(peer, new EquatableList<T>([.. batch])));
        }
    }

    private delegate bool Describe<T>(Peer peer, Job job, [MaybeNullWhen(false)] out T item);

    private static bool OfferOf(Peer peer, Job job, [MaybeNullWhen(false)] out OfferedJob item)
    {
        item =
            job.Phase is Phase.Offered offered && offered.To == peer.Id
                ? new OfferedJob(
                    job.Id,
                    job.OfferSequence,
                    job.Transfer,
                    job.Attempt,
                    job.Crashes,
                    job.CancelRequested,
                    job.SubmittedAt,
                    job.Terms,
                    job.Content
                )
                {
                    Retries = job.RetriesUsed,
                }
                : null;
        return item is not null;
    }

    private static bool ResultOf(Peer peer, Job job, [MaybeNullWhen(false)] out JobResult item)
    {
        item = job.Phase is Phase.Ended { Record: var ended }
            ? new JobResult(job.Id, job.Transfer, ended.Attempt, ended.Crashes, ended.StartedAt, ended.At, ended.Outcome)
            : null;
        return item is not null;
    }

    private static bool HoldingOf(Peer peer, Job job, out HeldJob item)
    {
        var holder = job.Phase is Phase.PassedOn passedOn ? passedOn.To : job.Self;
        item = new HeldJob(job.Id, holder, job.Transfer, job.Attempt, job.Crashes, (job.Phase as Phase.Running)?.StartedAt);
        return !job.AtHome && job.Phase is Phase.Waiting or Phase.Running or Phase.PassedOn;
    }

    private static bool CancelOf(Peer peer, Job job, out JobId item)
    {
        item = job.Id;
        return IsAt(peer, job);
    }

    private static bool CheckOf(Peer peer, Job job, out JobTransfer item)
    {
        item = new JobTransfer(job.Id, job.Transfer);
        return IsAt(peer, job);
    }

    private static bool IsAt(Peer peer, Job job) => job.Phase is Phase.Away away && away.Holder == peer.Id;
}
