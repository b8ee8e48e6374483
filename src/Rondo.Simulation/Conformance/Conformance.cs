using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Replays the steps of one process, input by input, against the rules of the models: every run is a trace that they must explain.</summary>
internal sealed class Conformance
{
    private readonly TokenModel _token;
    private readonly HandoffModel _handoff;
    private readonly HashSet<ExecutorId> _known;
    private int _records;
    private int _prompt;
    private int _effects;

    public Conformance(Simulation simulation, Machine machine, Incarnation incarnation)
    {
        _token = new TokenModel(machine.Id, incarnation);
        _handoff = new HandoffModel(machine.Id, incarnation, simulation.Jobs.HighestNumbers);
        _known = [.. machine.Store.Members];
        foreach (var records in machine.Store.Active.Values)
        {
            foreach (var record in records)
            {
                _handoff.Recover(record);
            }
        }
    }

    /// <summary>A batch begins: nothing has come out yet.</summary>
    public void Begin() => (_records, _prompt, _effects) = (0, 0, 0);

    /// <summary>An input was stepped, or a batch was ended: what came out since the last time follows from it.</summary>
    public void OnStepped(Input? input, StepOutput output)
    {
        // Who is not known is not listened to, but for a greeting.
        if (input is Input.Received received && _known.Contains(received.From))
        {
            _token.Take(received.Message);
            _handoff.Hear(received.From, received.Message);
        }

        var made = _records;
        for (; _records < output.Records.Count; _records++)
        {
            Decide(output.Records[_records]);
        }

        for (; _prompt < output.Prompt.Count; _prompt++)
        {
            Say(output.Prompt[_prompt]);
        }

        for (; _effects < output.Effects.Count; _effects++)
        {
            if (output.Effects[_effects] is Effect.Note { Event: CoreEvent.TokenMade { Generation: var generation } })
            {
                _token.Make(generation, IsRecorded(generation, output, made));
            }
            else
            {
                Say(output.Effects[_effects]);
            }
        }

        _token.End();
    }

    private void Decide(Record record)
    {
        switch (record)
        {
            case Record.MemberKnown known:
                _known.Add(known.Member.Id);
                break;
            case Record.MemberGone gone:
                _known.Remove(gone.Id);
                break;
        }

        _handoff.Decide(record);
    }

    private static bool IsRecorded(Generation made, StepOutput output, int from)
    {
        for (var i = from; i < output.Records.Count; i++)
        {
            if (output.Records[i] is Record.Minted minted && minted.Epoch == made.Epoch)
            {
                return true;
            }
        }

        return false;
    }

    private void Say(Effect effect)
    {
        if (effect is Effect.Send send)
        {
            _token.Say(send.Message);
            _handoff.Say(send.Message);
        }
    }
}
