using Rondo.Core;
using Rondo.Storage;
using Rondo.Wire;

namespace Rondo.Executor.Peers;

/// <summary>Puts into a message, when it is written to its peer, the contents and outputs that only the store has.</summary>
/// <param name="fail">Ends the process: what was promised to another executor cannot be read, and asking again would not help.</param>
internal sealed class LargeParts(StoreReader store, Action<Exception> fail)
{
    /// <summary>A larger content or output is left to the store while its job waits.</summary>
    public const long InMemoryMaxBytes = 64 << 10;

    /// <summary>
    /// The message with all its parts, without jobs that were forgotten meanwhile; null when none is left. The content or output of one that is
    /// about one job, and larger than messages about several are, is read while it is written; it may have to be waited for.
    /// </summary>
    public LargeMessage? Open(Message message)
    {
        try
        {
            return message switch
            {
                Message.Offer { Jobs: [{ Content: StoredContent { Bytes: > Message.SoftMaxBytes } } job] } => Open(
                    message,
                    () => store.OpenContent(job.Id)
                ),
                Message.Result { Jobs: [{ Outcome.Output: StoredOutput { Bytes: > Message.SoftMaxBytes } } job] } => Open(
                    message,
                    () => store.OpenOutput(job.Id)
                ),
                Message.Offer offer when offer.Jobs.Any(job => job.Content is StoredContent) => InMemory(Complete(offer)),
                Message.Result result when result.Jobs.Any(job => job.Outcome.Output is StoredOutput) => InMemory(Complete(result)),
                _ => InMemory(message),
            };
        }
        catch (StoreException damaged)
        {
            fail(damaged);
            return null;
        }
        catch (ObjectDisposedException)
        {
            // The executor stops: whoever waits for this hears of it from the next start.
            return null;
        }
    }

    /// <summary>A message that has all its parts.</summary>
    public static LargeMessage? InMemory(Message? message) => message is null ? null : new LargeMessage(MessageCodec.Encode(message));

    private LargeMessage? Open(Message message, Func<StoredPart?> find) =>
        find() is { } part ? new LargeMessage(MessageCodec.EncodeBefore(message, part.Bytes), new LargePartReader(part, find, fail)) : null;

    private Message.Offer? Complete(Message.Offer offer)
    {
        List<OfferedJob> jobs = [];
        foreach (var job in offer.Jobs)
        {
            var content = job.Content is StoredContent ? store.ReadContent(job.Id) : job.Content;
            if (content is not null)
            {
                jobs.Add(job with { Content = content });
            }
        }

        return jobs.Count == 0 ? null : offer with { Jobs = new EquatableList<OfferedJob>([.. jobs]) };
    }

    private Message.Result? Complete(Message.Result result)
    {
        List<JobResult> jobs = [];
        foreach (var job in result.Jobs)
        {
            var output = job.Outcome.Output is StoredOutput ? store.ReadOutput(job.Id) : job.Outcome.Output;
            if (output is not null)
            {
                jobs.Add(job with { Outcome = job.Outcome with { Output = output } });
            }
        }

        return jobs.Count == 0 ? null : result with { Jobs = new EquatableList<JobResult>([.. jobs]) };
    }
}
