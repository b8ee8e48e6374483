using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// The handoff of jobs as the models in <c>spec/</c> have it: where a copy of a job may go from where it is, and on what word. One
/// executor's copies; its steps are replayed against it.
/// </summary>
/// <remarks>
/// Records of kinds that the models leave out (retries, delays, dependencies) bring a copy to <see cref="Place.Anywhere"/>, from where
/// every way is open again.
/// </remarks>
internal sealed class HandoffModel(ExecutorId self, IReadOnlyDictionary<JobId, int> highestNumbers)
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
        Anywhere,
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
    }

    private readonly Dictionary<JobId, (Place Place, int Transfer, ExecutorId To)> _copies = [];
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
                }

                break;
            case Message.ResultAck ack:
                foreach (var (id, _) in ack.Jobs)
                {
                    _heard.Add((Word.ResultAck, from, id, 0));
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
                _copies[id] = (Place.Waiting, 0, default);
                break;
            case Record.Held held:
                Rule(record, !live || Heard(Word.Offer, held.From, id, held.Transfer.Value), "a job is held on an offer");
                Rule(record, !isHere || held.Transfer.Value > Known(copy), "an offer with a number that was here is a repetition");
                _news.Remove((id, held.Transfer.Value));
                var place = copy.Place switch
                {
                    Place.Running when isHere => Place.Running,
                    // A failed attempt that its home tries again comes back to who made it; the models have no retries.
                    Place.Ended or Place.Anywhere when isHere => Place.Anywhere,
                    _ => Place.Waiting,
                };
                _copies[id] = (place, held.Transfer.Value, default);
                break;
            case Record.Offered offered:
                Rule(record, isHere && copy.Place is Place.Waiting or Place.Anywhere, "only a job that waits is offered");
                Rule(record, offered.Transfer.Value == copy.Transfer + 1, "each offer has the next number");
                _copies[id] = (Place.Offered, offered.Transfer.Value, offered.To);
                break;
            case Record.HandedOver over:
                Rule(record, copy.Place == Place.Offered && copy.To == over.To, "only what is offered is handed over");
                Rule(
                    record,
                    !live || Heard(Word.Accept, over.To, id, copy.Transfer),
                    "a job is handed over when the other says that it has it"
                );
                _copies[id] = (atHome ? Place.Away : Place.PassedOn, copy.Transfer, over.To);
                break;
            case Record.Located located:
                Rule(record, atHome && copy.Place is Place.Offered or Place.Away, "a home locates what is not here");
                Rule(record, located.Transfer.Value >= copy.Transfer, "a report with an old number changes nothing");
                Rule(record, !live || Heard(Word.Holding, located.Holder, id, located.Transfer.Value), "a home locates a job on a report");
                _copies[id] = (Place.Away, located.Transfer.Value, located.Holder);
                break;
            case Record.TakenBack back:
                TakeBack(back, atHome, copy, live);
                _copies[id] = (Place.Waiting, back.Transfer.Value, default);
                break;
            case Record.Started:
                Rule(record, isHere && copy.Place is Place.Waiting or Place.Anywhere, "only a job that waits here is started");
                _copies[id] = copy with { Place = Place.Running };
                break;
            case Record.Interrupted:
                Rule(record, copy.Place is Place.Running or Place.Anywhere, "only what runs is interrupted");
                _copies[id] = copy with { Place = Place.Waiting };
                break;
            case Record.Retried retried:
                // At its home again, to be tried later: the models leave out why, not under which number.
                Rule(record, atHome && retried.Transfer.Value >= copy.Transfer, "a number never goes down");
                _copies[id] = (Place.Waiting, retried.Transfer.Value, default);
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
                _copies[id] = copy with { Place = Place.Anywhere };
                break;
        }
    }

    private void TakeBack(Record.TakenBack back, bool atHome, (Place Place, int Transfer, ExecutorId To) copy, bool live)
    {
        Rule(back, copy.Place is Place.Offered or Place.Away, "only what is elsewhere is taken back");
        Rule(back, !atHome || back.Transfer.Value % Block == 0, "what a home has again begins a block of numbers");
        Rule(back, atHome || back.Transfer.Value == copy.Transfer + 1, "only the home leaves a gap in the numbers");
        Rule(
            back,
            !live || !atHome || back.Transfer.Value > highestNumbers.GetValueOrDefault(back.Id),
            "what a home has again has a number above all others"
        );
        Rule(
            back,
            !live || back.Why != "refused" || Heard(Word.Reject, back.From, back.Id, copy.Transfer),
            "an offer is taken back on a refusal of its own number"
        );
    }

    /// <summary>A number that was made here, for another, was not here.</summary>
    private static int Known((Place Place, int Transfer, ExecutorId To) copy) =>
        copy.Place is Place.Offered or Place.PassedOn ? copy.Transfer - 1 : copy.Transfer;

    private bool MayDrop(JobId id, (Place Place, int Transfer, ExecutorId To) copy) =>
        _gone.Contains(id.Home)
        || copy.Place switch
        {
            Place.Anywhere => true,
            Place.Ended => Heard(Word.ResultAck, id.Home, id, 0),
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
