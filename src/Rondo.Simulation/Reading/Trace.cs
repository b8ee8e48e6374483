using System.Globalization;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Writes what happens in a run for people: time, executor, what.</summary>
internal sealed class Trace(Simulation simulation, TextWriter? writer)
{
    /// <summary>The same as a sequence that can be drawn.</summary>
    public Timeline Timeline { get; } = new(simulation);

    public void Line(string who, string what) =>
        writer?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{VirtualTime.Text(simulation.Now)}  {who, -6}{what}"));

    public void Fault(Machine victim, Fault fault) => Fault(victim, $"--- {fault} ---");

    public void Crash(Machine machine, string why) => Fault(machine, "crashes: " + why);

    public void Start(Machine machine, Incarnation incarnation) => Fault(machine, $"starts, incarnation {incarnation}");

    public void Violation(string message)
    {
        Timeline.Add(null, TimelineKind.Violation, message);
        Line("", "VIOLATION " + message);
    }

    private void Fault(Machine machine, string text)
    {
        Timeline.Add(machine, TimelineKind.Fault, text);
        Line(machine.Id.ToString(), text);
    }

    public void Delivered(Machine to, ExecutorId from, Message message)
    {
        if (simulation.Fleet.Find(from) is { } sender)
        {
            Timeline.Arrived(sender, to, message);
        }

        Line(to.Id.ToString(), $"<- {from, -6}{Text(message)}");
    }

    public void Replied(Machine machine, Effect.Reply reply) =>
        Line(machine.Id.ToString(), $"answers request {reply.Request.Value}: {Text(reply.Answer)}");

    public void Runs(Machine machine, string what, Run run)
    {
        var text = $"{what} {run.Id} attempt {run.Attempt} (execution {run.Serial})";
        Timeline.Add(machine, TimelineKind.Run, text);
        Line(machine.Id.ToString(), text);
    }

    public void Stepped(Machine machine, StepOutput output)
    {
        foreach (var record in output.Records)
        {
            Timeline.Add(machine, TimelineKind.Record, Text(record));
            Line(machine.Id.ToString(), "   " + Text(record));
        }

        foreach (var effect in output.Prompt.Concat(output.Effects))
        {
            if (effect is Effect.Send send)
            {
                if (simulation.Fleet.Find(send.To.Id) is { } to)
                {
                    Timeline.Sent(machine, to, send.Message);
                }

                Line(machine.Id.ToString(), $"-> {send.To.Id, -6}{Text(send.Message)}");
            }
            else if (effect is Effect.Greet greet)
            {
                Line(machine.Id.ToString(), $"-> {greet.Address} {Text(greet.Hello)}");
            }
        }
    }

    public static string Text(Record record) =>
        record switch
        {
            Record.Accepted accepted => $"Accepted {accepted.Id}",
            Record.Held held => $"Held {held.Id} from {held.From} transfer {held.Transfer} attempt {held.Attempt} crashes {held.Crashes}",
            Record.Offered offered => $"Offered {offered.Id} to {offered.To} transfer {offered.Transfer} lap {offered.Lap}",
            Record.Finished finished =>
                $"Finished {finished.Id} by {finished.By} attempt {finished.Attempt} {finished.Outcome.End} {finished.Outcome.Reason} execution {finished.Outcome.ExitCode}",
            Record.Started started => $"Started {started.Id} attempt {started.Attempt}",
            Record.HandedOver over => $"HandedOver {over.Id} to {over.To} transfer {over.Transfer}",
            Record.TakenBack back =>
                $"TakenBack {back.Id} from {back.From} transfer {back.Transfer} attempt {back.Attempt} crashes {back.Crashes}: {back.Why}",
            Record.Located located =>
                $"Located {located.Id} at {located.Holder} transfer {located.Transfer} attempt {located.Attempt} crashes {located.Crashes}"
                    + (located.StartedAt is null ? "" : " running"),
            Record.Interrupted interrupted => $"Interrupted {interrupted.Id}{(interrupted.Crashed ? " by a crash" : "")}",
            Record.CancelNoted noted => $"CancelNoted {noted.Id}",
            Record.Dropped dropped => $"Dropped {dropped.Id}",
            Record.MemberKnown known => $"MemberKnown {known.Member.Id}#{known.Member.Incarnation}",
            _ => record.ToString(),
        };

    private static string Text(Answer answer) =>
        answer is Answer.Job { View: var view }
            ? $"{view.Id} {view.State} {view.Reason} at {view.Holder} transfer {view.Transfer} attempt {view.Attempt}"
            : answer.ToString();

    /// <summary>Without the load table and the list of members.</summary>
    public static string Brief(Message message) =>
        message switch
        {
            Message.Hello => "Hello",
            Message.HelloAck => "HelloAck",
            Message.Pass pass => $"Pass {pass.Token.Generation} hop {pass.Token.Hop} to #{pass.To}",
            _ => Text(message),
        };

    public static string Text(Message message) =>
        message switch
        {
            Message.Hello hello => $"Hello {hello.Nonce:x}{(hello.New ? " new" : "")} {Text(hello.Members)}",
            Message.HelloAck ack => $"HelloAck {ack.Nonce:x} {Text(ack.Members)}",
            Message.Pass pass => $"Pass to #{pass.To} {Text(pass.Token)}",
            Message.Ack ack => $"Ack {ack.Generation} hop {ack.Hop}",
            Message.Offer offer => "Offer " + string.Join(' ', offer.Jobs.Select(job => $"{job.Id}/{job.Transfer}")),
            Message.Accept accept => "Accept " + string.Join(' ', accept.Jobs.Select(job => $"{job.Id}/{job.Transfer}")),
            Message.Reject reject => "Reject " + string.Join(' ', reject.Jobs.Select(job => $"{job.Id}/{job.Transfer}")),
            Message.Holding holding => "Holding "
                + string.Join(' ', holding.Jobs.Select(job => $"{job.Id}/{job.Transfer} at {job.Holder} attempt {job.Attempt}")),
            Message.HoldingAck ack => "HoldingAck "
                + string.Join(' ', ack.Jobs.Select(job => $"{job.Id}/{job.Transfer} {(job.Current ? "current" : "outdated")}")),
            Message.Result result => "Result " + string.Join(' ', result.Jobs.Select(job => $"{job.Id}/{job.Transfer} {job.Outcome.End}")),
            Message.ResultAck ack => "ResultAck " + string.Join(' ', ack.Jobs.Select(receipt => $"{receipt.Id}/{receipt.Transfer}")),
            Message.Check check => "Check " + string.Join(' ', check.Jobs.Select(job => $"{job.Id}/{job.Transfer}")),
            Message.Cancel cancel => "Cancel " + string.Join(' ', cancel.Jobs),
            _ => message.ToString(),
        };

    private static string Text(EquatableList<Member> members) =>
        string.Join(' ', members.Select(member => $"{member.Id}#{member.Incarnation}"));

    private static string Text(Token token) =>
        $"{token.Generation} hop {token.Hop} lap {token.Lap} quiet {token.QuietHops} "
        + string.Join(
            ' ',
            token.Table.Select(row =>
                $"[{row.Executor} {row.Running}+{row.Waiting}/{row.Slots}{string.Concat(row.OnTheWay.Select(way => $" {way.Jobs}<{way.From}"))}]"
            )
        );
}
