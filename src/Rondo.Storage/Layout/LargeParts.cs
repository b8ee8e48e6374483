using Rondo.Core;

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
                Outcome = r.Outcome with { Output = r.Outcome.Output.WithoutBytes() },
            },
            _ => record,
        };
}
