using Rondo.Core;
using Rondo.Wire;

namespace Rondo.Simulation;

/// <summary>
/// A ring in which every other executor is of another version. Messages between two versions go through their form on the wire: a newer
/// one's have a field that the older one does not know, and now and then it says something of which the older one never heard. What an
/// older one does not say at all is left out: hints, without which all must work, only later.
/// </summary>
internal sealed class MixedVersions(Simulation simulation, Prng random)
{
    /// <summary>A field of number 15000, as protobuf writes it: its tag and the value 1.</summary>
    private static readonly byte[] UnknownField = [0xC0, 0xA9, 0x07, 0x01];

    /// <summary>What arrives of a message; null when the receiver does not know its kind and ignores it.</summary>
    public Message? Carry(Machine from, Machine to, Message message)
    {
        if (IsOld(from) == IsOld(to))
        {
            return message;
        }

        if (IsOld(from))
        {
            return message is Message.Wake ? null : MessageCodec.Decode(MessageCodec.Encode(message));
        }

        simulation.Faults.Counts.Add(Fault.UnknownField);
        if (random.Chance(0.05))
        {
            simulation.Faults.Counts.Add(Fault.UnknownMessage);
            Violation.Unless(MessageCodec.Decode(UnknownField) is null, "a message of an unknown kind is not ignored");
        }

        return MessageCodec.Decode([.. MessageCodec.Encode(message), .. UnknownField])
            ?? throw new Violation($"{message.GetType().Name} with an unknown field is not understood");
    }

    private static bool IsOld(Machine machine) => machine.Index % 2 == 1;
}
