using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Google.Protobuf;
using Rondo.Core;
using Rondo.Executor;
using Rondo.Executor.Hosting;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;
using Rondo.Executor.Peers;
using Rondo.Executor.Peers.V1;
using Rondo.Executor.Running;
using Rondo.Storage.Tests;
using Rondo.Wire;

namespace Rondo.Fuzz;

/// <summary>A parser of bytes that come from elsewhere.</summary>
/// <param name="Parse">Reads the input; true when it was understood. What it throws on bad input is caught in there: all else is a bug.</param>
internal sealed record Target(string Name, byte[][] Valid, byte[][] Words, Func<byte[], bool> Parse)
{
    public static IReadOnlyList<Target> All { get; } =
    [
        new("records", [.. Samples.Records.Select(RecordCodec.Encode)], [], Record),
        new("contents", [Encoded(Samples.Content), Encoded(Samples.Failed.Output)], [], ContentOrOutput),
        new("messages", [.. Samples.Messages.Select(MessageCodec.Encode)], [], RingMessage),
        new("frames", Frames(), [], Frame),
        new("jobs", Jobs(), JsonWords(), Job),
        new("definitions", Jobs(), JsonWords(), Definition),
        new(
            "batches",
            [.. Jobs().Select(job => (byte[])[.. job, 10, .. job, 13, 10, .. job])],
            [
                [10],
                [13, 10],
                [10, 10, 10],
            ],
            Batch
        ),
        new("texts", Texts(), [.. "h m s ms d : , - 1 9999999999 [ ]".Split(' ').Select(Encoding.UTF8.GetBytes)], Text),
    ];

    private static bool Record(byte[] bytes)
    {
        try
        {
            return RecordCodec.DecodeInPlace(bytes) is { } record && IsKept(record, RecordCodec.Encode, it => RecordCodec.Decode(it));
        }
        catch (WireFormatException)
        {
            return false;
        }
    }

    private static bool RingMessage(byte[] bytes)
    {
        try
        {
            return MessageCodec.DecodeInPlace(bytes) is { } message && IsKept(message, MessageCodec.Encode, it => MessageCodec.Decode(it));
        }
        catch (WireFormatException)
        {
            return false;
        }
    }

    /// <summary>What was understood can be written, and is then understood as the same.</summary>
    private static bool IsKept<T>(T value, Func<T, byte[]> encode, Func<byte[], T?> decode)
        where T : class
    {
        var written = encode(value);
        var read =
            decode(written) ?? throw new InvalidOperationException("what was understood is not understood once it was written again");
        return encode(read).AsSpan().SequenceEqual(written) ? true : throw new InvalidOperationException("it is written in two ways");
    }

    private static bool ContentOrOutput(byte[] bytes)
    {
        var understood = 0;
        foreach (var decode in (Action[])[() => RecordCodec.DecodeContent(bytes), () => RecordCodec.DecodeOutput(bytes)])
        {
            try
            {
                decode();
                understood++;
            }
            catch (WireFormatException)
            {
                // Refused, as it should be.
            }
        }

        return understood > 0;
    }

    /// <summary>As a stream does it: the frame, the messages in it, and slices that are joined.</summary>
    private static bool Frame(byte[] bytes)
    {
        // Some of it is taken, so that nothing that is larger than the bound is let in as the only one.
        var budget = new ByteBudget(16 << 10);
        budget.Open().TryTake(1);
        try
        {
            var frame = RingFrame.Parser.ParseFrom(bytes);
            using var joiner = new PartJoiner(budget);
            var understood = frame.Introduction is not null && Introduced.From(frame).Id.ToString().Length > 0;
            foreach (var message in frame.Messages)
            {
                understood |= MessageCodec.Decode(message.Span) is not null;
            }

            if (frame.Part is { } part)
            {
                understood |=
                    (joiner.Add(part) ?? joiner.Add(new Part { Bytes = part.Bytes, Last = true })) is { } whole
                    && MessageCodec.DecodeInPlace(whole.Bytes) is not null;
            }

            return understood;
        }
        catch (Exception refused)
            when (refused is InvalidProtocolBufferException or WireFormatException or InvalidDataException or IntroductionException)
        {
            return false;
        }
    }

    private static bool Job(byte[] bytes)
    {
        try
        {
            var request = JobRequestReader.Read(bytes);
            CheckInPlace(bytes, request);
            var record = new Record.Accepted(Samples.Own, Samples.At, request.ToTerms(), request.ToContent());
            return RecordCodec.Decode(RecordCodec.Encode(record)) is not null;
        }
        catch (HttpProblem problem)
        {
            CheckInPlace(bytes, problem);
            return false;
        }
    }

    /// <summary>What is decoded in its own place becomes the same, and its JSON still means it.</summary>
    private static void CheckInPlace(byte[] bytes, JobRequest expected)
    {
        var kept = bytes.ToArray();
        var request = JobRequestReader.ReadKept(kept);
        using var written = new MemoryStream();
        request.Json(kept).WriteAsync(written, CancellationToken.None).GetAwaiter().GetResult();
        var again = JobRequestReader.Read(written.ToArray());
        if (
            !request.ToContent().Input.Span.SequenceEqual(expected.ToContent().Input.Span)
            || !again.ToContent().Input.Span.SequenceEqual(expected.ToContent().Input.Span)
            || !again.ToTerms().Equals(expected.ToTerms())
        )
        {
            throw new InvalidOperationException("a job that is read in place is another one");
        }
    }

    private static void CheckInPlace(byte[] bytes, HttpProblem expected)
    {
        try
        {
            JobRequestReader.ReadKept(bytes.ToArray()).ToTerms();
        }
        catch (HttpProblem)
        {
            // Where several things are wrong with a text, it may be another one that is told.
            return;
        }

        throw new InvalidOperationException($"a job that is read in place is not refused: {expected.Message}");
    }

    /// <summary>What a job is to run, as another executor sent it.</summary>
    private static bool Definition(byte[] bytes)
    {
        if (!CommandDefinition.TryParse(bytes, out var definition, out var problem))
        {
            return problem.Length == 0 ? throw new InvalidOperationException("no word about what is wrong") : false;
        }

        return CommandDefinition.TryParse(definition.ToUtf8(), out _, out _)
            ? true
            : throw new InvalidOperationException("what was understood is not understood once it was written again");
    }

    /// <summary>Lines come as they would if the whole text was there at once, however it is cut on its way.</summary>
    private static bool Batch(byte[] bytes)
    {
        const int lineMaxBytes = 256;
        var reader = new LineReader(PipeReader.Create(new Pieces(bytes)), lineMaxBytes);
        var expected =
            bytes.Length == 0 ? []
            : bytes.AsSpan().EndsWith("\n"u8) ? Split(bytes)[..^1]
            : Split(bytes);
        foreach (var line in expected)
        {
            var read = reader.ReadAsync(CancellationToken.None).AsTask().Result ?? throw new InvalidOperationException("a line is missing");
            if (read.IsTooLong != line.Length > lineMaxBytes || (!read.IsTooLong && !read.Bytes.Span.SequenceEqual(line)))
            {
                throw new InvalidOperationException("a line is not what it was");
            }
        }

        return reader.ReadAsync(CancellationToken.None).AsTask().Result is null
            ? true
            : throw new InvalidOperationException("a line too many");
    }

    private static List<byte[]> Split(byte[] bytes)
    {
        var lines = new List<byte[]>();
        foreach (var range in bytes.AsSpan().Split((byte)'\n'))
        {
            lines.Add(bytes[range]);
        }

        return lines;
    }

    /// <summary>Short texts of queries, addresses and headers.</summary>
    private static bool Text(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var understood = WaitTime.TryParse(text, out var wait);
        if (understood && (wait < TimeSpan.Zero || wait > WaitTime.Longest))
        {
            throw new InvalidOperationException($"a wait of {wait}");
        }

        if (JobId.TryParse(text, out var id))
        {
            understood = id.ToString() == text ? true : throw new InvalidOperationException($"'{text}' is {id}");
        }

        if (DurationText.TryParse(text, out var duration))
        {
            understood = true;
            if (!DurationText.TryParse(DurationText.Of(duration), out var again) || again != duration)
            {
                throw new InvalidOperationException($"{duration} is written as {DurationText.Of(duration)}");
            }
        }

        understood |= LabelText.TryParse(text, out _, out _) | HostAndPort.TryParse(text, out _);
        try
        {
            understood |= ListCursor.Parse(text).ToString().Length > 0;
        }
        catch (HttpProblem)
        {
            // Refused, as it should be.
        }

        return understood;
    }

    private static byte[] Encoded(JobContent content)
    {
        var bytes = new ArrayBufferWriter<byte>();
        RecordCodec.Encode(content, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[] Encoded(JobOutput output)
    {
        var bytes = new ArrayBufferWriter<byte>();
        RecordCodec.Encode(output, bytes);
        return bytes.WrittenSpan.ToArray();
    }

    private static byte[][] Frames()
    {
        var introduction = new Introduced(Samples.Self, new Incarnation(3), 77).ToFrame();
        var messages = new RingFrame();
        foreach (var message in Samples.Messages.Take(4))
        {
            messages.Messages.Add(ByteString.CopyFrom(MessageCodec.Encode(message)));
        }

        var half = MessageCodec.Encode(Samples.Messages[0]);
        var part = new RingFrame
        {
            Part = new Part { Bytes = ByteString.CopyFrom(half), Last = true },
        };
        return [introduction.ToByteArray(), messages.ToByteArray(), part.ToByteArray()];
    }

    private static byte[][] Jobs() =>
        [
            """{"command":["sh","-c","echo hi"],"env":{"A":"b"},"workingDirectory":"/tmp","stdin":"text","name":"n","group":"g","priority":-3}"""u8.ToArray(),
            """{"command":["true"],"stdinBase64":"AAEC","onExecutorLoss":"fail"}"""u8.ToArray(),
            """{"command":["a"],"stdinBase64":"CgsMDQ4PEBES\/\u002b9CgoKCgoKCgoKCgoKCgoKCgoKCgo=", "name":"n"}"""u8.ToArray(),
            """{"command":["a"],"stdin":"\ud83d\ude00\n\u00e4 and more of it, so that it is most of the job", "name":"n"}"""u8.ToArray(),
            """{"handler":"resize","payload":{"deep":[1,2,{"x":[null,true,1.5e300,"\ud83d\ude00"]}]},"priority":2147483647}"""u8.ToArray(),
            """{"command":["true"],"labels":{"k":"v"},"requires":{"k":"v"},"delay":"1m30s","timeout":"2h","retries":{"max":3,"backoff":"1s"}}"""u8.ToArray(),
            """{"command":["true"],"after":["k7q2-1",{"id":"k7q2-2","when":"end"}],"array":"1-100:2","concurrency":{"key":"k","max":2}}"""u8.ToArray(),
        ];

    private static byte[][] JsonWords() =>
        [
            .. """{ } [ ] , : " \" \u0000 \ud800 null true false 1e999 -0 0.1 99999999999999999999 "" {} [] "command": "env": "payload": "name": "priority": "array": "retries": 1-100000 1-1000000000"""
                .Split(' ')
                .Select(Encoding.UTF8.GetBytes),
        ];

    private static byte[][] Texts() =>
        [
            .. "30s 1m30s 500ms 1h 2d12h zone=north k7q2-42 127.0.0.1:7070 [::1]:7070 localhost:0 azdxMjo0Mg azdxMjo0MixtM3hkOjc"
                .Split(' ')
                .Select(Encoding.UTF8.GetBytes),
        ];

    /// <summary>Gives its bytes in pieces of all lengths.</summary>
    private sealed class Pieces(byte[] bytes) : MemoryStream(bytes)
    {
        private int _turn;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            _turn++;
            var length = Math.Min(buffer.Length, 1 + (_turn * 37 % 101));
            return new ValueTask<int>(Read(buffer.Span[..length]));
        }
    }
}
