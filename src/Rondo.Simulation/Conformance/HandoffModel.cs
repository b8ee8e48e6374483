using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// The handoff of jobs as the models in <c>spec/</c> have it: where a copy of a job may go from where it is, and on what word. One
/// executor's copies; its steps are replayed against it.
/// </summary>
/// <remarks>
/// The models leave out that a job waits for a time, for others or for its turn, which <see cref="TermsWatch"/> sees to, and that a failed attempt is followed by another
/// one. The rules of that are here too: the home has the job again as if it took it back, on the word of a failure that counts.
/// </remarks>
internal sealed class HandoffModel(ExecutorId self, Incarnation incarnation, IReadOnlyDictionary<JobId, int> highestNumbers)
{
    /// <summary>A home leaves room for so many handoffs that it did not hear of; 3 to 6, or 64, in the models.</summary>
    private const int Block = 4096;

    private enum Place
    {
        Waiting,
        Running,
        Offered,
        Away,
        PassedOn,
        Ended,
    }

    private enum Word
    {
        Offer,
        Accept,
        Reject,
        Holding,
        OutOfDate,
        Known,
        ResultAck,
        Result,
        CurrentResult,
    }

    /// <param name="Retries">How many failed attempts this executor knows of.</param>
    private readonly record struct Copy(Place Place, int Transfer, int Retries, ExecutorId To = default);

    private readonly Dictionary<JobId, Copy> _copies = [];
    private readonly HashSet<(Word Word, ExecutorId From, JobId Id, int Transfer)> _heard = [];
    private readonly HashSet<ExecutorId> _gone = [];

    /// <summary>Offers of copies that are newer than the one here: each is taken, or refused.</summary>
    private readonly HashSet<(JobId Id, int Transfer)> _news = [];

    /// <summary>What the store has, at a start: no word is needed for what was decided before.</summary>
    public void Recover(Record.OfJob record) => Go(record, live: false);

    public void Hear(ExecutorId from, Message message)
    {
        switch (message)
        {
            case Message.Offer offer when offer.To < incarnation:
                // An earlier start may have had its jobs, and have refused them or passed them on.
                break;
            case Message.Offer offer:
                foreach (var job in offer.Jobs)
                {
                    _heard.Add((Word.Offer, from, job.Id, job.Transfer.Value));
                    if (job.Id.Home != self && _copies.TryGetValue(job.Id, out var copy) && job.Transfer.Value > Known(copy))
                    {
                        _news.Add((job.Id, job.Transfer.Value));
                    }
                }

                break;
            case Message.Accept accept:
                Hear(Word.Accept, from, accept.Jobs);
                break;
            case Message.Reject reject:
                Hear(Word.Reject, from, reject.Jobs);
                break;
            case Message.Holding holding:
                foreach (var job in holding.Jobs)
                {
                    _heard.Add((Word.Holding, job.Holder, job.Id, job.Transfer.Value));
                }

                break;
            case Message.HoldingAck ack:
                foreach (var job in ack.Jobs)
                {
                    _heard.Add((job.Current ? Word.Known : Word.OutOfDate, from, job.Id, job.Transfer.Value));
                }

                break;
            case Message.Result result:
                foreach (var job in result.Jobs)
                {
                    _heard.Add((Word.Result, from, job.Id, 0));
                    if (_copies.TryGetValue(job.Id, out var known) && job.Transfer.Value >= known.Transfer)
                    {
                        _heard.Add((Word.CurrentResult, from, job.Id, known.Transfer));
                    }
                }

                break;
            case Message.ResultAck ack:
                foreach (var (id, transfer) in ack.Jobs)
                {
                    _heard.Add((Word.ResultAck, from, id, transfer?.Value ?? -1));
                }

                break;
        }
    }

    /// <summary>The core sends something because of this step.</summary>
    public void Say(Message message)
    {
        if (message is Message.Accept accept)
        {
            foreach (var (id, transfer) in accept.Jobs)
            {
                if (_news.Contains((id, transfer.Value)))
                {
                    throw new Violation(
                        $"{self} leaves the model of the handoff: it takes a new offer, {id} under {transfer}, for an old one"
                    );
                }
            }
        }
        else if (message is Message.Reject reject)
        {
            foreach (var (id, transfer) in reject.Jobs)
            {
                _news.Remove((id, transfer.Value));
            }
        }
    }

    private void Hear(Word word, ExecutorId from, EquatableList<JobTransfer> jobs)
    {
        foreach (var (id, transfer) in jobs)
        {
            _heard.Add((word, from, id, transfer.Value));
        }
    }

    /// <summary>The core decided something.</summary>
    public void Decide(Record record)
    {
        if (record is Record.OfJob ofJob)
        {
            Go(ofJob, live: true);
        }
        else if (record is Record.MemberGone gone)
        {
            _gone.Add(gone.Id);
        }
    }

    private void Go(Record.OfJob record, bool live)
    {
        var id = record.Id;
        var atHome = id.Home == self;
        var isHere = _copies.TryGetValue(id, out var copy);
        switch (record)
        {
            case Record.Accepted:
                Rule(record, atHome && !isHere, "a home accepts a job once");
                _copies[id] = new Copy(Place.Waiting, 0, 0);
                break;
            case Record.Held held:
                Rule(record, !live || Heard(Word.Offer, held.From, id, held.Transfer.Value), "a job is held on an offer to this start");
                Rule(record, !isHere || held.Transfer.Value > Known(copy), "an offer with a number that was here is a repetition");
                _news.Remove((id, held.Transfer.Value));
                var place = copy.Place switch
                {
                    Place.Running when isHere => Place.Running,
                    // A failed attempt that its home tries again may come back to who made it; anything else that ended here stays so.
                    Place.Ended when isHere && held.Retries <= copy.Retries => Place.Ended,
                    _ => Place.Waiting,
                };
                _copies[id] = new Copy(place, held.Transfer.Value, isHere ? Math.Max(copy.Retries, held.Retries) : held.Retries);
                break;
            case Record.Offered offered:
                Rule(record, isHere && copy.Place == Place.Waiting, "only a job that waits is offered");
                Rule(record, offered.Transfer.Value == copy.Transfer + 1, "each offer has the next number");
                _copies[id] = copy with { Place = Place.Offered, Transfer = offered.Transfer.Value, To = offered.To };
                break;
            case Record.HandedOver over:
                Rule(record, copy.Place == Place.Offered && copy.To == over.To, "only what is offered is handed over");
                Rule(
                    record,
                    !live || Heard(Word.Accept, over.To, id, copy.Transfer),
                    "a job is handed over when the other says that it has it"
                );
                _copies[id] = copy with { Place = atHome ? Place.Away : Place.PassedOn, To = over.To };
                break;
            case Record.Located located:
                Rule(record, atHome && copy.Place is Place.Offered or Place.Away, "a home locates what is not here");
                Rule(record, located.Transfer.Value >= copy.Transfer, "a report with an old number changes nothing");
                Rule(record, !live || Heard(Word.Holding, located.Holder, id, located.Transfer.Value), "a home locates a job on a report");
                _copies[id] = copy with { Place = Place.Away, Transfer = located.Transfer.Value, To = located.Holder };
                break;
            case Record.TakenBack back:
                TakeBack(back, atHome, copy, live);
                _copies[id] = copy with { Place = Place.Waiting, Transfer = back.Transfer.Value };
                break;
            case Record.Started:
                Rule(record, isHere && copy.Place == Place.Waiting, "only a job that waits here is started");
                _copies[id] = copy with { Place = Place.Running };
                break;
            case Record.Interrupted:
                Rule(record, copy.Place == Place.Running, "only what runs is interrupted");
                _copies[id] = copy with { Place = Place.Waiting };
                break;
            case Record.Retried retried:
                Rule(record, atHome && isHere, "a home tries its own job again");
                HomeHasAgain(record, retried.Transfer.Value, live);
                Rule(
                    record,
                    !live || retried.By == self || Heard(Word.CurrentResult, retried.By, id, copy.Transfer),
                    "only the failure of the copy that counts is followed by another attempt"
                );
                _copies[id] = new Copy(Place.Waiting, retried.Transfer.Value, copy.Retries + 1);
                break;
            case Record.CancelNoted or Record.DependencyEnded:
                break;
            case Record.Finished finished:
                Rule(record, isHere && copy.Place != Place.Ended, "a job ends once");
                Rule(
                    record,
                    !live || finished.By == self || Heard(Word.Result, finished.By, id, 0),
                    "a home has the result of another on its word"
                );
                if (atHome)
                {
                    _copies.Remove(id);
                }
                else
                {
                    _copies[id] = copy with { Place = Place.Ended };
                }

                break;
            case Record.Dropped:
                Rule(record, isHere && !atHome, "only what is held for another is dropped");
                Rule(
                    record,
                    !live || MayDrop(id, copy),
                    "a copy is dropped when its home has the result, or said that it needs it no more"
                );
                _copies.Remove(id);
                break;
            default:
                throw new Violation($"the model of the handoff has no rule for {record.GetType().Name}");
        }
    }

    private void TakeBack(Record.TakenBack back, bool atHome, Copy copy, bool live)
    {
        Rule(back, copy.Place is Place.Offered or Place.Away, "only what is elsewhere is taken back");
        Rule(back, atHome || back.Transfer.Value == copy.Transfer + 1, "only the home leaves a gap in the numbers");
        if (atHome)
        {
            HomeHasAgain(back, back.Transfer.Value, live);
        }

        Rule(
            back,
            !live || back.Why is not ("refused" or "its holder let go of it") || Heard(Word.Reject, back.From, back.Id, copy.Transfer),
            "a job is taken back on a refusal of its own number"
        );
    }

    private void HomeHasAgain(Record.OfJob record, int transfer, bool live)
    {
        Rule(record, transfer % Block == 0, "what a home has again begins a block of numbers");
        Rule(
            record,
            !live || transfer > highestNumbers.GetValueOrDefault(record.Id),
            "what a home has again has a number above all others"
        );
    }

    /// <summary>A number that was made here, for another, was not here.</summary>
    private static int Known(Copy copy) => copy.Place is Place.Offered or Place.PassedOn ? copy.Transfer - 1 : copy.Transfer;

    private bool MayDrop(JobId id, Copy copy) =>
        _gone.Contains(id.Home)
        || copy.Place switch
        {
            Place.Ended => Heard(Word.ResultAck, id.Home, id, copy.Transfer) || Heard(Word.ResultAck, id.Home, id, -1),
            Place.Waiting => Heard(Word.OutOfDate, id.Home, id, copy.Transfer),
            Place.PassedOn => copy.To == id.Home
                || Heard(Word.Known, id.Home, id, copy.Transfer)
                || Heard(Word.OutOfDate, id.Home, id, copy.Transfer),
            _ => false,
        };

    private bool Heard(Word word, ExecutorId from, JobId id, int transfer) => _heard.Contains((word, from, id, transfer));

    private void Rule(Record.OfJob record, bool holds, string rule)
    {
        if (!holds)
        {
            throw new Violation($"{self} leaves the model of the handoff with {Trace.Text(record)}: {rule}");
        }
    }
}
