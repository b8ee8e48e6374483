namespace Rondo.Core;

/// <summary>The moment of one step, with what the step comes to.</summary>
internal sealed class Turn
{
    private StepOutput? _output;

    public Instant Now { get; private set; }

    private StepOutput Output => _output ?? throw new InvalidOperationException("There is no step going on.");

    public Turn Begin(Instant now, StepOutput output)
    {
        Now = now;
        _output = output;
        return this;
    }

    public void Record(Record record) => Output.Records.Add(record);

    /// <param name="mayOvertake">True when nothing that it says rests on a record: then it need not wait for the commit.</param>
    public void Send(Member to, Message message, bool mayOvertake = false)
    {
        mayOvertake |= message switch
        {
            Message.Ack or Message.Hello or Message.HelloAck or Message.Inquire or Message.Alive or Message.Wake => true,
            Message.Accept => Mutants.Is(Mutant.AcceptBeforeCommit),
            Message.Offer => Mutants.Is(Mutant.OfferBeforeCommit),
            Message.ResultAck => Mutants.Is(Mutant.ResultAckBeforeCommit),
            _ => false,
        };
        (mayOvertake ? Output.Prompt : Output.Effects).Add(new Effect.Send(to, message));
    }

    public void Greet(string address, Message.Hello hello) => Output.Prompt.Add(new Effect.Greet(address, hello));

    public void Emit(Effect effect) => (Mutants.Is(Mutant.StartBeforeCommit) ? Output.Prompt : Output.Effects).Add(effect);

    public void Reply(RequestId request, Answer answer) =>
        (Mutants.Is(Mutant.IdBeforeCommit) ? Output.Prompt : Output.Effects).Add(new Effect.Reply(request, answer));

    public void Note(CoreEvent happened) => Output.Effects.Add(new Effect.Note(happened));
}
