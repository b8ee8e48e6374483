using Rondo.Core;

namespace Rondo.Wire;

/// <summary>The token with its load table.</summary>
internal static class TokenMapping
{
    public static V1.Generation ToWire(Generation generation) =>
        new() { Epoch = generation.Epoch, Creator = generation.Creator.ToString() };

    public static Generation FromWire(V1.Generation? generation)
    {
        Field.Present(generation, "generation");
        return new Generation(Field.NotNegative(generation!.Epoch, "epoch"), Field.ExecutorOrNone(generation.Creator, "generation"));
    }

    public static V1.Token ToWire(Token token)
    {
        var wire = new V1.Token
        {
            Generation = ToWire(token.Generation),
            Hop = token.Hop,
            Lap = token.Lap,
            QuietHops = token.QuietHops,
            Giver = Field.TextOrNone(token.Giver),
            Rests = token.Rests,
        };
        foreach (var row in token.Table)
        {
            wire.Table.Add(ToWire(row));
        }

        return wire;
    }

    public static Token FromWire(V1.Token? token)
    {
        Field.Present(token, "token");
        return new Token(
            FromWire(token!.Generation),
            Field.NotNegative(token.Hop, "hop"),
            Field.NotNegative(token.Lap, "lap"),
            Field.NotNegative(token.QuietHops, "quiet hops"),
            Field.List(token.Table, FromWire)
        )
        {
            Giver = Field.ExecutorOrNone(token.Giver, "giver"),
            Rests = token.Rests,
        };
    }

    private static V1.LoadRow ToWire(LoadRow row)
    {
        var wire = new V1.LoadRow
        {
            Executor = Field.Text(row.Executor),
            Incarnation = row.Incarnation.Value,
            Running = row.Running,
            Waiting = row.Waiting,
            Slots = row.Slots,
            Weight = row.Weight,
            Draining = row.Draining,
        };
        foreach (var handoff in row.OnTheWay)
        {
            wire.OnTheWay.Add(
                new V1.OnTheWay
                {
                    From = Field.Text(handoff.From),
                    Incarnation = handoff.Incarnation.Value,
                    Sequence = handoff.Sequence,
                    Jobs = handoff.Jobs,
                }
            );
        }

        foreach (var missed in row.Missed)
        {
            wire.Missed.Add(Field.Text(missed));
        }

        return wire;
    }

    private static LoadRow FromWire(V1.LoadRow row) =>
        new(
            Field.Executor(row.Executor, "load row"),
            new Incarnation(Field.NotNegative(row.Incarnation, "incarnation")),
            Field.NotNegative(row.Running, "running"),
            Field.NotNegative(row.Waiting, "waiting"),
            Field.NotNegative(row.Slots, "slots"),
            Field.NotNegative(row.Weight, "weight"),
            row.Draining,
            Field.List(
                row.OnTheWay,
                handoff => new OnTheWay(
                    Field.Executor(handoff.From, "on the way"),
                    new Incarnation(Field.NotNegative(handoff.Incarnation, "incarnation")),
                    Field.NotNegative(handoff.Sequence, "sequence"),
                    Field.NotNegative(handoff.Jobs, "jobs on the way")
                )
            ),
            Field.List(row.Missed, missed => Field.Executor(missed, "missed"))
        );
}
