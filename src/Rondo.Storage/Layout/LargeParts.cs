using System.Buffers;
using System.Diagnostics;
using Rondo.Core;
using Rondo.Wire;

namespace Rondo.Storage.Layout;

/// <summary>The large parts of records that a reader wants.</summary>
[Flags]
internal enum Parts
{
    None = 0,
    Contents = 1,
    Outputs = 2,
    All = Contents | Outputs,
}

/// <summary>The contents and outputs of records, which are kept apart when they are large.</summary>
internal static class LargeParts
{
    /// <summary>The record without its content or output, if that is large and not wanted.</summary>
    public static Record.OfJob Strip(Record.OfJob record, Parts wanted, int inlineMaxBytes) =>
        record switch
        {
            Record.Accepted r when r.Content.Size > inlineMaxBytes && !wanted.HasFlag(Parts.Contents) => r with
            {
                Content = JobContent.Empty,
            },
            Record.Held r when r.Content.Size > inlineMaxBytes && !wanted.HasFlag(Parts.Contents) => r with { Content = JobContent.Empty },
            Record.Finished r when r.Outcome.Output.Size > inlineMaxBytes && !wanted.HasFlag(Parts.Outputs) => r with
            {
                Outcome = r.Outcome with { Output = JobOutput.Empty },
            },
            _ => record,
        };

    /// <summary>Appends the record's content or output.</summary>
    public static void Encode(Record.OfJob record, IBufferWriter<byte> to)
    {
        switch (record)
        {
            case Record.Accepted accepted:
                RecordCodec.Encode(accepted.Content, to);
                break;
            case Record.Held held:
                RecordCodec.Encode(held.Content, to);
                break;
            case Record.Finished finished:
                RecordCodec.Encode(finished.Outcome.Output, to);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
