using Google.Protobuf;
using Rondo.Core;

namespace Rondo.Wire;

/// <summary>All crons of an executor, as another one asks for them.</summary>
public static class CronListCodec
{
    /// <summary>The crons as bytes, in the order given.</summary>
    public static byte[] Encode(IEnumerable<Cron> crons)
    {
        var list = new V1.CronList();
        list.Crons.AddRange(crons.Select(CronMapping.ToWire));
        return list.ToByteArray();
    }

    /// <summary>Reads crons.</summary>
    /// <exception cref="WireFormatException">The bytes are none.</exception>
    public static IReadOnlyList<Cron> Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return [.. V1.CronList.Parser.ParseFrom(bytes).Crons.Select(CronMapping.FromWire)];
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new WireFormatException($"not a list of crons: {malformed.Message}", malformed);
        }
    }
}
