using System.Globalization;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Writes what happens in a run for people: time, executor, what.</summary>
internal sealed class Trace(Simulation simulation, TextWriter writer)
{
    public void Line(string who, string what) =>
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{VirtualTime.Text(simulation.Now)}  {who, -6}{what}"));

    public void Delivered(Machine to, ExecutorId from, Message message) => Line(to.Id.ToString(), $"<- {from, -6}{Text(message)}");

    public void Replied(Machine machine, Effect.Reply reply) =>
        Line(machine.Id.ToString(), $"answers request {reply.Request.Value}: {Text(reply.Answer)}");

    public void Runs(Machine machine, string what, Run run) =>
        Line(machine.Id.ToString(), $"{what} {run.Id} attempt {run.Attempt} (execution {run.Serial})");

    public void Stepped(Machine machine, StepOutput output)
    {
        foreach (var record in output.Records)
        {
            Line(machine.Id.ToString(), "   " + Text(record));
        }

        foreach (var effect in output.Prompt.Concat(output.Effects))
        {
            if (effect is Effect.Send send)
            {
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
            Record.MemberKnown known => $"MemberKnown {known.Member.Id}#{known.Member.Incarnation}",
            _ => record.ToString(),
        };

    private static string Text(Answer answer) =>
        answer is Answer.Job { View: var view }
            ? $"{view.Id} {view.State} {view.Reason} at {view.Holder} transfer {view.Transfer} attempt {view.Attempt}"
            : answer.ToString();

    private static string Text(Message message) =>
        message switch
        {
            Message.Hello hello => $"Hello {hello.Nonce:x} {Text(hello.Members)}",
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
            Message.ResultAck ack => "ResultAck " + string.Join(' ', ack.Jobs),
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
