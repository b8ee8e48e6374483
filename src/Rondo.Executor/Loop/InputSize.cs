using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>How many bytes of job contents and outputs an input keeps in memory: what the inbox bounds besides the count.</summary>
internal static class InputSize
{
    /// <summary>The bytes that an input carries for others; its own few words are not counted.</summary>
    public static long Of(Input input) =>
        input switch
        {
            Input.Submit submit => submit.Content.Size,
            Input.SetCron set => set.Cron.Definition.Length,
            Input.RunEnded ended => ended.Outcome.Output.Size,
            Input.Received { Message: Message.Offer offer } => offer.Jobs.Sum(job => job.Content.Size),
            Input.Received { Message: Message.Result result } => result.Jobs.Sum(job => job.Outcome.Output.Size),
            _ => 0,
        };
}
