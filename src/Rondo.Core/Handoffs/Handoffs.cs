namespace Rondo.Core;

/// <summary>
/// Jobs between executors: offers and their answers, results on their way home, what homes know of their holders, and the rescue of
/// jobs whose holder is gone. Transfer numbers fence whatever is out of date.
/// </summary>
internal sealed class Handoffs(CoreSettings settings, JobTable jobs, Membership members)
{
    private const string OutOfTheRing = "executor out of the ring";

    // Of jobs that have left, so that a late repetition is known as one.
    private readonly LatestNumbers _departed = new();

    // Of offers that were refused: whoever heard it goes on with the job, and a late repetition must not bring it here after all.
    private readonly LatestNumbers _refused = new();

    // Attempts that were told to end when their homes left, until they have. Another of the same job must not carry the same number.
    private readonly Dictionary<JobId, Attempt> _ending = [];

    /// <summary>How many jobs may run here as of the last offer, of what was here by then.</summary>
    public int Granted { get; set; }

    /// <summary>True once more is here than whoever made an offer knew of.</summary>
    public bool MoreIsHere { get; set; }

    /// <summary>True once this executor takes no more jobs.</summary>
    public bool Draining { get; set; }

    /// <summary>Begins to hand a waiting job over.</summary>
    public void Offer(Job job, Peer to, long lap, Turn turn)
    {
        jobs.Write(new Record.Offered(job.Id, turn.Now.Wall, to.Id, job.Transfer.Next, lap), turn);
        job.OfferSequence = ++to.OffersMade;
        to.Offers.Add(job.Id, turn.Now.Elapsed);
    }

    public void Receive(Peer from, Message.Offer offer, Turn turn)
    {
        foreach (var offered in offer.Jobs)
        {
            if (Take(from, offered, offer.To, turn) is { } taken)
            {
                from.OffersSeen = Math.Max(from.OffersSeen, offered.Sequence);
                (taken ? from.Accepts : from.Rejects).Add(new JobTransfer(offered.Id, offered.Transfer));
            }
        }

        // More than the giver knew of does not run by its word.
        MoreIsHere |= offer.Load > 0 && jobs.Running + jobs.Ready.Count > offer.Load;
        Granted = Math.Max(Granted, Math.Min(offer.Load, jobs.Running + jobs.Ready.Count));
    }

    /// <summary>
    /// True when the job is here under this number or a higher one, or is known to need nothing more; null when that is not for this
    /// start to say: an earlier one may have refused it, and whoever offers it will hear of this start and offer it anew.
    /// </summary>
    private bool? Take(Peer from, OfferedJob offered, Incarnation? to, Turn turn)
    {
        var job = jobs.Find(offered.Id);
        if (offered.Id.Home == settings.Self.Id)
        {
            // A job of this home comes back. One that is not unfinished has its result already.
            if (job is not null && job.Phase is Phase.Away or Phase.Offered && offered.Transfer > job!.Transfer)
            {
                Withdraw(job);
                jobs.Write(
                    new Record.TakenBack(
                        job.Id,
                        turn.Now.Wall,
                        from.Id,
                        Mutants.Is(Mutant.ComesHomeWithoutAGap) ? offered.Transfer.Next : offered.Transfer.AfterTakeBack,
                        Later(job.Attempt, offered.Attempt),
                        Math.Max(job.Crashes, offered.Crashes),
                        "came home"
                    ),
                    turn
                );
                if (job.CancelRequested)
                {
                    // The word of it went where the job no longer is.
                    Finish(job, Cancelled, turn);
                }
            }

            return true;
        }

        if (Mutants.Is(Mutant.DuplicateByJobIdAlone) && (job is not null || _departed.Contains(offered.Id)))
        {
            return true;
        }

        if (job is null ? _departed.Reaches(offered.Id, offered.Transfer) : Known(job) >= offered.Transfer)
        {
            return true;
        }

        if (to < settings.Self.Incarnation && !Mutants.Is(Mutant.OfferToAnyStart))
        {
            return null;
        }

        if (
            job?.Phase is null or Phase.PassedOn
            && (
                Draining
                || !settings.Self.Capabilities.CanRun(offered.Terms)
                || jobs.Count - jobs.HomeCount >= settings.MaxUnfinished
                || _refused.Reaches(offered.Id, offered.Transfer)
            )
        )
        {
            _refused.Note(offered.Id, offered.Transfer);
            return false;
        }

        if (job?.Phase is Phase.Offered || (job?.Phase is Phase.Ended && offered.Retries > job.RetriesUsed))
        {
            Withdraw(job);
        }

        job = jobs.Write(
            new Record.Held(
                offered.Id,
                turn.Now.Wall,
                offered.Terms,
                offered.Content,
                offered.SubmittedAt,
                from.Id,
                offered.Transfer,
                Later(offered.Attempt, _ending.GetValueOrDefault(offered.Id)),
                offered.Crashes,
                offered.CancelRequested
            )
            {
                Retries = offered.Retries,
            },
            turn
        );
        if (offered.CancelRequested)
        {
            Cancel(job, turn);
        }

        return true;
    }

    public void Receive(Peer from, Message.Accept accept, Turn turn)
    {
        foreach (var (id, transfer) in accept.Jobs)
        {
            if (OfferUnderWay(from, id, transfer) is { } job)
            {
                from.Offers.Remove(id);
                HandOver(job, from, turn);
            }
        }
    }

    public void Receive(Peer from, Message.Reject reject, Turn turn)
    {
        if (reject.By < from.Member.Incarnation)
        {
            // A later start may have been offered the same since, and have taken it.
            return;
        }

        foreach (var (id, transfer) in reject.Jobs)
        {
            if (OfferUnderWay(from, id, transfer) is { } job)
            {
                from.Offers.Remove(id);
                TakeBack(job, from.Id, "refused", mayHaveStarted: false, turn);
            }
            else if (
                from.Checks.Contains(id)
                && jobs.Find(id) is { Phase: Phase.Away away } missing
                && away.Holder == from.Id
                && missing.Transfer == transfer
            )
            {
                // The executor had the job, and does not have it any more: it took this home for one that never returns.
                Withdraw(missing);
                Rescue(missing, from.Id, "its holder let go of it", turn);
            }
        }
    }

    /// <summary>
    /// An executor is back, or did not know this one any more: it may have taken it for gone for good, and have let go of its jobs.
    /// </summary>
    public void Check(Peer holder, Turn turn)
    {
        foreach (var job in jobs.AwayAt(holder.Id))
        {
            if (job.AtHome && job.Phase is Phase.Away && !Mutants.Is(Mutant.MissingIsNotAskedFor))
            {
                holder.Checks.Add(job.Id, turn.Now.Elapsed);
            }
        }
    }

    public void Receive(Peer from, Message.Check check, Turn turn)
    {
        foreach (var (id, transfer) in check.Jobs)
        {
            if (id.Home != from.Id)
            {
                continue;
            }

            if (jobs.Find(id) is not { } job || job.Transfer < transfer)
            {
                from.Rejects.Add(new JobTransfer(id, transfer));
            }
            else if (!from.Reports.Contains(id))
            {
                Report(job, turn);
            }
        }
    }

    private Job? OfferUnderWay(Peer to, JobId id, TransferNumber transfer) =>
        jobs.Find(id) is { Phase: Phase.Offered offered } job && offered.To == to.Id && job.Transfer == transfer ? job : null;

    private void HandOver(Job job, Peer to, Turn turn)
    {
        jobs.Write(new Record.HandedOver(job.Id, turn.Now.Wall, to.Id, job.Transfer), turn);
        if (job.Id.Home == to.Id)
        {
            Forget(job, turn);
        }
        else if (!job.AtHome && Mutants.Is(Mutant.ForgetBeforeHomeKnows))
        {
            Forget(job, turn);
        }
        else if (!job.AtHome)
        {
            Report(job, turn);
        }
        else if (job.CancelRequested)
        {
            to.Cancels.Add(job.Id, turn.Now.Elapsed);
        }
    }

    /// <summary>A held job changed in a way that its home should know.</summary>
    public void Report(Job job, Turn turn) => members.Find(job.Id.Home)?.Reports.Add(job.Id, turn.Now.Elapsed);

    public void Receive(Peer from, Message.Holding holding, Turn turn)
    {
        foreach (var held in holding.Jobs)
        {
            var isKnown = members.Find(held.Holder) is not null;
            if (!isKnown && !members.IsGone(held.Holder) && jobs.Find(held.Id)?.Phase is Phase.Offered or Phase.Away)
            {
                // Nobody would miss an executor that is not known: the question comes again until it is.
                continue;
            }

            // Only of its own copy may an executor hear that it is out of date: of one that it passed on, any answer is the last word.
            var current = Locate(from, held, turn) || held.Holder != from.Id;
            from.Verdicts.Add(new JobVerdict(held.Id, held.Transfer, held.Attempt, current));
            if (!isKnown && jobs.Find(held.Id) is { Phase: Phase.Away away } job && away.Holder == held.Holder)
            {
                // It was removed from the ring before it was known that the job is there.
                Rescue(job, held.Holder, OutOfTheRing, turn);
            }
        }
    }

    /// <summary>At the home: true when the claim who has the job is the current one.</summary>
    private bool Locate(Peer from, HeldJob held, Turn turn)
    {
        var job = jobs.Find(held.Id);
        switch (job?.Phase)
        {
            case Phase.Offered offered when offered.To == held.Holder ? held.Transfer >= job.Transfer : held.Transfer > job.Transfer:
                // The offer was accepted, and perhaps handed on, even if the word of it was lost.
                Withdraw(job);
                break;
            case Phase.Away away
                when Mutants.Is(Mutant.OldReportLocates)
                    || held.Transfer > job.Transfer
                    || (held.Transfer == job.Transfer && away.Holder == held.Holder):
                if (held.Holder != from.Id && held.Transfer == job.Transfer)
                {
                    // The holder itself knows better what it did with the job.
                    return true;
                }

                members.Find(away.Holder)?.Checks.Remove(job.Id);

                if (
                    away.Holder == held.Holder
                    && away.StartedAt == held.StartedAt
                    && job.Attempt == held.Attempt
                    && held.Transfer == job.Transfer
                )
                {
                    return true;
                }

                members.Find(away.Holder)?.Cancels.Remove(job.Id);
                break;
            default:
                // This executor has it, or its result: any other copy is out of date.
                return false;
        }

        jobs.Write(
            new Record.Located(
                job.Id,
                turn.Now.Wall,
                held.Holder,
                held.Transfer,
                Later(job.Attempt, held.Attempt),
                Math.Max(job.Crashes, held.Crashes),
                held.StartedAt
            ),
            turn
        );
        if (job.CancelRequested)
        {
            members.Find(held.Holder)?.Cancels.Add(job.Id, turn.Now.Elapsed);
        }

        if (held.Holder != from.Id)
        {
            // Who passed it on does not know what became of it since.
            members.Find(held.Holder)?.Checks.Add(job.Id, turn.Now.Elapsed);
        }

        return true;
    }

    public void Receive(Peer from, Message.HoldingAck ack, Turn turn)
    {
        foreach (var verdict in ack.Jobs)
        {
            if (
                verdict.Id.Home != from.Id
                || jobs.Find(verdict.Id) is not { } job
                || (job.Transfer != verdict.Transfer && !Mutants.Is(Mutant.OutOfDateUnderAnyNumber))
            )
            {
                continue;
            }

            if (job.Attempt == verdict.Attempt)
            {
                from.Reports.Remove(job.Id);
            }

            if (job.Phase is Phase.PassedOn || (!verdict.Current && job.Phase is Phase.Waiting))
            {
                Forget(job, turn);
            }
        }
    }

    /// <summary>An attempt ended here, or the job will never start: the outcome is recorded, and sent home if that is elsewhere.</summary>
    public void Finish(Job job, Outcome outcome, Turn turn)
    {
        var startedAt = (job.Phase as Phase.Running)?.StartedAt;
        if (job.AtHome)
        {
            Finish(job, new Record.Finished(job.Id, turn.Now.Wall, settings.Self.Id, job.Attempt, job.Crashes, startedAt, outcome), turn);
            return;
        }

        jobs.Write(new Record.Finished(job.Id, turn.Now.Wall, settings.Self.Id, job.Attempt, job.Crashes, startedAt, outcome), turn);
        SendHome(job, turn);
    }

    private void SendHome(Job job, Turn turn)
    {
        if (members.Find(job.Id.Home) is { } home)
        {
            home.Reports.Remove(job.Id);
            home.Results.Add(job.Id, turn.Now.Elapsed);
        }
    }

    private void Finish(Job job, Record.Finished record, Turn turn)
    {
        var what = AfterFailure(job, record, turn);
        if (
            what is Record.Finished
            && job.Phase is Phase.Away away
            && away.Holder != record.By
            && members.Find(away.Holder) is { Suspected: false } holder
        )
        {
            // Another copy was faster. The holder need not go on; if it does not hear this, its result changes nothing.
            turn.Send(holder.Member, new Message.Cancel(new EquatableList<JobId>(job.Id)));
        }
        else if (job.Phase is Phase.Running running && record.By != settings.Self.Id)
        {
            turn.Emit(new Effect.Stop(job.Id, running.Attempt));
        }

        Withdraw(job);
        jobs.Write(what, turn);
    }

    /// <summary>What the end of an attempt means for the job: mostly it is the job's own end.</summary>
    private static Record.OfJob AfterFailure(Job job, Record.Finished ended, Turn turn)
    {
        if (job.Terms.Retries is not { } policy || !policy.Covers(ended.Outcome) || job.RetriesUsed >= policy.Max)
        {
            return ended;
        }

        if (job.CancelRequested)
        {
            // It would have run again.
            return ended with
            {
                Outcome = ended.Outcome with { End = JobEnd.Cancelled, Reason = Reasons.CancelledByClient, Error = null },
            };
        }

        var attempt = Later(job.Attempt, ended.Attempt);
        return new Record.Retried(
            ended.Id,
            turn.Now.Wall,
            ended.By,
            Mutants.Is(Mutant.RetryKeepsTheNumber) ? job.Transfer : job.Transfer.AfterTakeBack,
            attempt,
            Math.Max(job.Crashes, ended.Crashes),
            ended.StartedAt,
            policy.BackoffOf(job.Id, attempt, job.RetriesUsed + 1),
            ended.Outcome with
            {
                Output = JobOutput.Empty,
            }
        );
    }

    /// <summary>
    /// True for the failure of a copy that the job's home has given up, or has heard of before: while the job may be tried again, only
    /// the attempt that counts may use up a retry.
    /// </summary>
    private static bool IsOutdated(Job job, JobResult ended) =>
        job.Terms.Retries is not null
        && ended.Outcome.End == JobEnd.Failed
        && ended.Transfer < job.Transfer
        && !Mutants.Is(Mutant.OldFailureCounts);

    public void Receive(Peer from, Message.Result result, Turn turn)
    {
        foreach (var ended in result.Jobs)
        {
            from.ResultAcks.Add(new ResultReceipt(ended.Id, ended.Transfer));
            if (Mutants.Is(Mutant.SecondResultWins) && jobs.FindRecent(ended.Id, turn.Now.Wall) is not null)
            {
                turn.Record(
                    new Record.Finished(ended.Id, ended.FinishedAt, from.Id, ended.Attempt, ended.Crashes, ended.StartedAt, ended.Outcome)
                );
            }
            else if (ended.Id.Home == settings.Self.Id && jobs.Find(ended.Id) is { } job && !IsOutdated(job, ended))
            {
                Finish(
                    job,
                    new Record.Finished(ended.Id, ended.FinishedAt, from.Id, ended.Attempt, ended.Crashes, ended.StartedAt, ended.Outcome),
                    turn
                );
            }
        }
    }

    public void Receive(Peer from, Message.ResultAck ack, Turn turn)
    {
        foreach (var (id, transfer) in ack.Jobs)
        {
            if (
                id.Home == from.Id
                && jobs.Find(id) is { Phase: Phase.Ended } job
                && ((transfer ?? job.Transfer) == job.Transfer || Mutants.Is(Mutant.ResultAckUnderAnyNumber))
                && from.Results.Remove(id)
            )
            {
                Forget(job, turn);
            }
        }
    }

    /// <summary>A client wants the job ended, or the home of a held one says so.</summary>
    public void Cancel(Job job, Turn turn)
    {
        if (job.AtHome && !job.CancelRequested)
        {
            jobs.Write(new Record.CancelNoted(job.Id, turn.Now.Wall), turn);
        }

        switch (job.Phase)
        {
            case Phase.Waiting or Phase.Scheduled:
                Finish(job, Cancelled, turn);
                break;
            case Phase.Running running when !job.Stopping:
                job.Stopping = true;
                turn.Emit(new Effect.Stop(job.Id, running.Attempt));
                break;
            case Phase.Away away:
                members.Find(away.Holder)?.Cancels.Add(job.Id, turn.Now.Elapsed);
                break;
        }
    }

    private static Outcome Cancelled { get; } = new() { End = JobEnd.Cancelled, Reason = Reasons.CancelledByClient };

    public void Receive(Message.Cancel cancel, Turn turn)
    {
        foreach (var id in cancel.Jobs)
        {
            if (jobs.Find(id) is { AtHome: false } job)
            {
                Cancel(job, turn);
            }
        }
    }

    /// <summary>The holder has been out of the ring for too long, or for good: its jobs are taken back here.</summary>
    public void Rescue(Peer from, Turn turn)
    {
        var given = jobs.AwayAt(from.Id).ToArray();
        foreach (var job in given)
        {
            from.Offers.Remove(job.Id);
            from.Cancels.Remove(job.Id);
            from.Checks.Remove(job.Id);
            Rescue(job, from.Id, OutOfTheRing, turn);
        }

        if (given.Length > 0)
        {
            turn.Note(new CoreEvent.Rescued(from.Id, given.Length));
        }
    }

    private void Rescue(Job job, ExecutorId from, string why, Turn turn)
    {
        if (job.Terms.FailOnExecutorLoss && job.AtHome)
        {
            FailAsLost(job, $"executor {from} had the job and is gone", turn);
        }
        else
        {
            TakeBack(job, from, why, mayHaveStarted: true, turn);
        }
    }

    private void FailAsLost(Job job, string what, Turn turn) =>
        Finish(
            job,
            new Outcome
            {
                End = JobEnd.Failed,
                Reason = Reasons.ExecutorLost,
                Error = $"{what}; the job asked not to run again (onExecutorLoss: fail)",
            },
            turn
        );

    private void TakeBack(Job job, ExecutorId from, string why, bool mayHaveStarted, Turn turn)
    {
        var started = (job.Phase as Phase.Away)?.StartedAt is not null;
        // An attempt may have begun unseen: the next one must not carry its number.
        var attempt = mayHaveStarted && !started ? job.Attempt.Next : job.Attempt;
        // Only the home may leave a gap: so it has a number above all others whenever it has the job itself.
        var transfer = job.AtHome || Mutants.Is(Mutant.AnyoneLeavesAGap) ? job.Transfer.AfterTakeBack : job.Transfer.Next;
        transfer =
            Mutants.Is(Mutant.RescueKeepsTheNumber) ? job.Transfer
            : Mutants.Is(Mutant.RescueTakesTheNextNumber) ? job.Transfer.Next
            : transfer;
        jobs.Write(new Record.TakenBack(job.Id, turn.Now.Wall, from, transfer, attempt, job.Crashes + (started ? 1 : 0), why), turn);
        if (job.CancelRequested)
        {
            Finish(job, Cancelled, turn);
        }
        else if (started)
        {
            EndAfterLoss(job, $"executor {from} had begun the job and has it no more", turn);
        }
        else if (!job.AtHome)
        {
            Report(job, turn);
        }
    }

    /// <summary>Its run ended with its executor: one that must not run twice is not tried again, nor one that took too many executors down with it.</summary>
    public void EndAfterLoss(Job job, string what, Turn turn)
    {
        if (job.Terms.FailOnExecutorLoss && !Mutants.Is(Mutant.LostRunsAgain))
        {
            FailAsLost(job, what, turn);
        }
        else if (job.Crashes >= settings.CrashLimit && !Mutants.Is(Mutant.NoCrashLimit))
        {
            Finish(
                job,
                new Outcome
                {
                    End = JobEnd.Failed,
                    Reason = Reasons.CrashLimit,
                    Error = $"the executor that ran it crashed {job.Crashes} times",
                },
                turn
            );
        }
    }

    /// <summary>A home will never return: what was kept for it has nowhere to go.</summary>
    public void Abandon(ExecutorId home, Turn turn)
    {
        foreach (var job in jobs.All.Where(job => job.Id.Home == home).ToArray())
        {
            if (job.Phase is Phase.Running running)
            {
                if (!Mutants.Is(Mutant.AbandonedAttemptCounts))
                {
                    _ending[job.Id] = running.Attempt;
                }

                turn.Emit(new Effect.Stop(job.Id, running.Attempt));
            }

            Withdraw(job);
            jobs.Write(new Record.Dropped(job.Id, turn.Now.Wall), turn);
        }
    }

    /// <summary>True for the end of an attempt that was stopped because its home left.</summary>
    public bool WasAbandoned(JobId id, Attempt attempt) => _ending.GetValueOrDefault(id) == attempt && _ending.Remove(id);

    /// <summary>After a restart, or when a home was started again: everything that others have to hear is said anew.</summary>
    public void Resume(Job job, Turn turn)
    {
        switch (job.Phase)
        {
            case Phase.Offered offered when members.Find(offered.To) is { } to:
                job.OfferSequence = ++to.OffersMade;
                to.Offers.Add(job.Id, turn.Now.Elapsed);
                break;
            case Phase.Offered offered:
                TakeBack(job, offered.To, OutOfTheRing, mayHaveStarted: true, turn);
                break;
            case Phase.Away away when members.Find(away.Holder) is { } holder:
                if (job.CancelRequested)
                {
                    holder.Cancels.Add(job.Id, turn.Now.Elapsed);
                }

                break;
            case Phase.Away away:
                TakeBack(job, away.Holder, OutOfTheRing, mayHaveStarted: true, turn);
                break;
            case Phase.Ended:
                SendHome(job, turn);
                break;
            case Phase.Waiting or Phase.Running or Phase.PassedOn when !job.AtHome:
                Report(job, turn);
                break;
        }
    }

    /// <summary>Nothing has to be told of the job any more to whom it was being given.</summary>
    private void Withdraw(Job job)
    {
        switch (job.Phase)
        {
            case Phase.Offered offered:
                members.Find(offered.To)?.Offers.Remove(job.Id);
                break;
            case Phase.Away away:
                members.Find(away.Holder)?.Cancels.Remove(job.Id);
                members.Find(away.Holder)?.Checks.Remove(job.Id);
                break;
            case Phase.Ended:
                members.Find(job.Id.Home)?.Results.Remove(job.Id);
                break;
        }
    }

    private void Forget(Job job, Turn turn)
    {
        var known = Known(job);
        jobs.Write(new Record.Dropped(job.Id, turn.Now.Wall), turn);
        _departed.Note(job.Id, known);
    }

    /// <summary>
    /// The highest number under which the job was here. One that was made here, for another executor, is not: should it arrive, it was
    /// made elsewhere too, for another copy, and whoever sends it lets go of that copy.
    /// </summary>
    private static TransferNumber Known(Job job) =>
        job.Phase is Phase.Offered or Phase.PassedOn && !Mutants.Is(Mutant.OwnNumberIsKnown) ? job.Transfer.Previous : job.Transfer;

    private static Attempt Later(Attempt one, Attempt other) => one.Value > other.Value ? one : other;
}
