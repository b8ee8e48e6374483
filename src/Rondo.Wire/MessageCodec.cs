using Google.Protobuf;
using Rondo.Core;

namespace Rondo.Wire;

/// <summary>Messages between executors, to and from their protobuf form.</summary>
/// <remarks>
/// Contents and outputs are not copied: the wire's message shares the memory of the core's that it was made from, and the other way round.
/// </remarks>
public static class MessageCodec
{
    private static readonly int[] OfferPath =
    [
        V1.RingMessage.OfferFieldNumber,
        V1.OfferMessage.JobsFieldNumber,
        V1.OfferedJob.ContentFieldNumber,
    ];

    private static readonly int[] ResultPath =
    [
        V1.RingMessage.ResultFieldNumber,
        V1.ResultMessage.JobsFieldNumber,
        V1.JobResult.OutcomeFieldNumber,
        V1.Outcome.OutputFieldNumber,
    ];

    /// <summary>The message as bytes.</summary>
    public static byte[] Encode(Message message) => ToWire(message).ToByteArray();

    /// <summary>
    /// The bytes of an offer or a result of one job up to where its content or output begins: that comes last, encoded as
    /// <see cref="RecordCodec"/> encodes it alone, so that it can follow from wherever it is.
    /// </summary>
    /// <param name="partBytes">How many bytes of it follow.</param>
    /// <exception cref="ArgumentException">It is another message, or about several jobs.</exception>
    /// <exception cref="WireFormatException">The whole is too long for a message.</exception>
    public static byte[] EncodeBefore(Message message, int partBytes) =>
        message switch
        {
            Message.Offer { Jobs: [var job] } offer => RecordParts.Before(Encode(With(offer, job, JobContent.Empty)), OfferPath, partBytes),
            Message.Result { Jobs: [var job] } result => RecordParts.Before(
                Encode(With(result, job, JobOutput.Empty)),
                ResultPath,
                partBytes
            ),
            _ => throw new ArgumentException("It has not one content or output.", nameof(message)),
        };

    /// <summary>
    /// Reads a message, null when it is to be ignored. The content or output of one about one job shares the memory of the bytes, which
    /// must not change any more.
    /// </summary>
    /// <exception cref="WireFormatException">The bytes are not a message.</exception>
    public static Message? DecodeInPlace(ReadOnlyMemory<byte> bytes)
    {
        if (RecordParts.Locate(bytes.Span, OfferPath) is var (contentAt, contentBytes))
        {
            return Decode(RecordParts.Without(bytes.Span, OfferPath, leavesEmpty: true)) is Message.Offer { Jobs: [var job] } offer
                ? With(offer, job, RecordCodec.DecodeContentInPlace(bytes.Slice(contentAt, contentBytes)))
                : Decode(bytes.Span);
        }

        if (RecordParts.Locate(bytes.Span, ResultPath) is var (outputAt, outputBytes))
        {
            return Decode(RecordParts.Without(bytes.Span, ResultPath, leavesEmpty: false)) is Message.Result { Jobs: [var job] } result
                ? With(result, job, RecordCodec.DecodeOutputInPlace(bytes.Slice(outputAt, outputBytes)))
                : Decode(bytes.Span);
        }

        return Decode(bytes.Span);
    }

    /// <summary>Reads a message; null when it is of a kind that only newer versions know, and is to be ignored.</summary>
    /// <exception cref="WireFormatException">The bytes are not a message.</exception>
    public static Message? Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return FromWire(V1.RingMessage.Parser.ParseFrom(bytes));
        }
        catch (InvalidProtocolBufferException malformed)
        {
            throw new WireFormatException($"not a message: {malformed.Message}", malformed);
        }
    }

    /// <summary>The message in the form that is sent.</summary>
    public static V1.RingMessage ToWire(Message message) =>
        message switch
        {
            Message.Hello m => new() { Hello = Greeting(m.Nonce, m.Members, m.New) },
            Message.HelloAck m => new() { HelloAck = Greeting(m.Nonce, m.Members) },
            Message.Inquire m => new() { Inquire = new() { Nonce = m.Nonce } },
            Message.Alive m => new() { Alive = AliveToWire(m) },
            Message.Pass m => new()
            {
                Pass = new() { To = m.To.Value, Token = TokenMapping.ToWire(m.Token) },
            },
            Message.Ack m => new()
            {
                Ack = new() { Generation = TokenMapping.ToWire(m.Generation), Hop = m.Hop },
            },
            Message.Nack m => new()
            {
                Nack = new()
                {
                    Generation = TokenMapping.ToWire(m.Generation),
                    Hop = m.Hop,
                    Incarnation = m.Incarnation.Value,
                },
            },
            Message.Stale m => new()
            {
                Stale = new()
                {
                    Generation = TokenMapping.ToWire(m.Generation),
                    Hop = m.Hop,
                    Seen = TokenMapping.ToWire(m.Seen),
                },
            },
            Message.Wake => new() { Wake = new() },
            Message.Offer m => new()
            {
                Offer = new()
                {
                    Jobs = { m.Jobs.Select(HandoffMapping.ToWire) },
                    To = m.To?.Value ?? 0,
                    Load = m.Load,
                },
            },
            Message.Accept m => new() { Accept = new() { Jobs = { m.Jobs.Select(HandoffMapping.ToWire) } } },
            Message.Reject m => new()
            {
                Reject = new() { Jobs = { m.Jobs.Select(HandoffMapping.ToWire) }, By = m.By?.Value ?? 0 },
            },
            Message.Holding m => new() { Holding = new() { Jobs = { m.Jobs.Select(HandoffMapping.ToWire) } } },
            Message.HoldingAck m => new() { HoldingAck = new() { Jobs = { m.Jobs.Select(HandoffMapping.ToWire) } } },
            Message.Result m => new() { Result = new() { Jobs = { m.Jobs.Select(HandoffMapping.ToWire) } } },
            Message.ResultAck m => new() { ResultAck = HandoffMapping.ToWire(m) },
            Message.Cancel m => new() { Cancel = new() { Jobs = { m.Jobs.Select(JobMapping.ToWire) } } },
            Message.Check m => new() { Check = new() { Jobs = { m.Jobs.Select(HandoffMapping.ToWire) } } },
            Message.Await m => new() { Await = new() { Jobs = { m.Jobs.Select(JobMapping.ToWire) } } },
            Message.Ended m => new() { Ended = new() { Jobs = { m.Jobs.Select(DependencyMapping.ToWire) } } },
            Message.EndedAck m => new() { EndedAck = new() { Jobs = { m.Jobs.Select(JobMapping.ToWire) } } },
            Message.Progress m => new() { Progress = HandoffMapping.ToWire(m) },
            Message.Leave m => new()
            {
                Leave = new() { Who = Field.Text(m.Who), Incarnation = m.Incarnation.Value },
            },
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>Reads a message; null when it is of a kind that only newer versions know, and is to be ignored.</summary>
    /// <exception cref="WireFormatException">A part is missing or out of its range.</exception>
    public static Message? FromWire(V1.RingMessage message) =>
        message.KindCase switch
        {
            V1.RingMessage.KindOneofCase.Hello => new Message.Hello(
                message.Hello.Nonce,
                Field.List(message.Hello.Members, JobMapping.FromWire)
            )
            {
                New = message.Hello.New,
            },
            V1.RingMessage.KindOneofCase.HelloAck => new Message.HelloAck(
                message.HelloAck.Nonce,
                Field.List(message.HelloAck.Members, JobMapping.FromWire)
            ),
            V1.RingMessage.KindOneofCase.Inquire => new Message.Inquire(message.Inquire.Nonce),
            V1.RingMessage.KindOneofCase.Alive => AliveFromWire(message.Alive),
            V1.RingMessage.KindOneofCase.Pass => new Message.Pass(
                IncarnationOf(message.Pass.To),
                TokenMapping.FromWire(message.Pass.Token)
            ),
            V1.RingMessage.KindOneofCase.Ack => new Message.Ack(
                TokenMapping.FromWire(message.Ack.Generation),
                Field.NotNegative(message.Ack.Hop, "hop")
            ),
            V1.RingMessage.KindOneofCase.Nack => new Message.Nack(
                TokenMapping.FromWire(message.Nack.Generation),
                Field.NotNegative(message.Nack.Hop, "hop"),
                IncarnationOf(message.Nack.Incarnation)
            ),
            V1.RingMessage.KindOneofCase.Stale => new Message.Stale(
                TokenMapping.FromWire(message.Stale.Generation),
                Field.NotNegative(message.Stale.Hop, "hop"),
                TokenMapping.FromWire(message.Stale.Seen)
            ),
            V1.RingMessage.KindOneofCase.Wake => new Message.Wake(),
            V1.RingMessage.KindOneofCase.Offer => new Message.Offer(Field.List(message.Offer.Jobs, HandoffMapping.FromWire))
            {
                To = StartOf(message.Offer.To),
                Load = Field.NotNegative(message.Offer.Load, "load"),
            },
            V1.RingMessage.KindOneofCase.Accept => new Message.Accept(Field.List(message.Accept.Jobs, HandoffMapping.FromWire)),
            V1.RingMessage.KindOneofCase.Reject => new Message.Reject(Field.List(message.Reject.Jobs, HandoffMapping.FromWire))
            {
                By = StartOf(message.Reject.By),
            },
            V1.RingMessage.KindOneofCase.Holding => new Message.Holding(Field.List(message.Holding.Jobs, HandoffMapping.FromWire)),
            V1.RingMessage.KindOneofCase.HoldingAck => new Message.HoldingAck(Field.List(message.HoldingAck.Jobs, HandoffMapping.FromWire)),
            V1.RingMessage.KindOneofCase.Result => new Message.Result(Field.List(message.Result.Jobs, HandoffMapping.FromWire)),
            V1.RingMessage.KindOneofCase.ResultAck => HandoffMapping.FromWire(message.ResultAck),
            V1.RingMessage.KindOneofCase.Cancel => new Message.Cancel(Field.List(message.Cancel.Jobs, JobMapping.FromWire)),
            V1.RingMessage.KindOneofCase.Check => new Message.Check(Field.List(message.Check.Jobs, HandoffMapping.FromWire)),
            V1.RingMessage.KindOneofCase.Await => new Message.Await(Field.List(message.Await.Jobs, JobMapping.FromWire)),
            V1.RingMessage.KindOneofCase.Ended => new Message.Ended(Field.List(message.Ended.Jobs, DependencyMapping.FromWire)),
            V1.RingMessage.KindOneofCase.EndedAck => new Message.EndedAck(Field.List(message.EndedAck.Jobs, JobMapping.FromWire)),
            V1.RingMessage.KindOneofCase.Progress => HandoffMapping.FromWire(message.Progress),
            V1.RingMessage.KindOneofCase.Leave => new Message.Leave(
                Field.Executor(message.Leave.Who, "who"),
                IncarnationOf(message.Leave.Incarnation)
            ),
            _ => null,
        };

    private static Message.Offer With(Message.Offer offer, OfferedJob job, JobContent content) =>
        offer with
        {
            Jobs = new EquatableList<OfferedJob>(job with { Content = content }),
        };

    private static Message.Result With(Message.Result result, JobResult job, JobOutput output) =>
        result with
        {
            Jobs = new EquatableList<JobResult>(job with { Outcome = job.Outcome with { Output = output } }),
        };

    private static V1.HelloMessage Greeting(long nonce, EquatableList<Member> members, bool isNew = false) =>
        new()
        {
            Nonce = nonce,
            Members = { members.Select(JobMapping.ToWire) },
            New = isNew,
        };

    private static V1.AliveMessage AliveToWire(Message.Alive message)
    {
        var wire = new V1.AliveMessage { Nonce = message.Nonce };
        if (message.SeenAgo is { } ago)
        {
            wire.SeenAgoTicks = ago.Ticks;
        }

        return wire;
    }

    private static Message.Alive AliveFromWire(V1.AliveMessage message) =>
        new(message.Nonce, message.HasSeenAgoTicks ? new TimeSpan(Field.NotNegative(message.SeenAgoTicks, "seen ago")) : null);

    /// <summary>Null where an earlier release did not say which start it means.</summary>
    private static Incarnation? StartOf(long value) => value == 0 ? null : IncarnationOf(value);

    private static Incarnation IncarnationOf(long value) => new(Field.NotNegative(value, "incarnation"));
}
