using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Every message is bounded, and none is sent for nothing.</summary>
internal static class MessageBounds
{
    public static void Check(ExecutorId from, Message message)
    {
        var jobs = message switch
        {
            Message.Offer offer => Bytes(from, offer),
            Message.Accept accept => accept.Jobs.Count,
            Message.Reject reject => reject.Jobs.Count,
            Message.Holding holding => holding.Jobs.Count,
            Message.HoldingAck holdingAck => holdingAck.Jobs.Count,
            Message.Result result => Bytes(from, result),
            Message.ResultAck resultAck => resultAck.Jobs.Count,
            Message.Check check => check.Jobs.Count,
            Message.Cancel cancel => cancel.Jobs.Count,
            _ => 1,
        };
        Violation.Unless(jobs is > 0 and <= Message.MaxJobs, $"{from} sends a message about {jobs} jobs: {message}");
    }

    /// <summary>A message takes no further job from the soft bound on: without the last one it is below.</summary>
    private static int Bytes(ExecutorId from, Message.Offer offer)
    {
        long bytes = 0;
        for (var i = 0; i < offer.Jobs.Count - 1; i++)
        {
            bytes += offer.Jobs[i].Content.Size;
        }

        Violation.Unless(bytes < Message.SoftMaxBytes, $"{from} sends an offer of {bytes} bytes and one job more");
        return offer.Jobs.Count;
    }

    private static int Bytes(ExecutorId from, Message.Result result)
    {
        long bytes = 0;
        for (var i = 0; i < result.Jobs.Count - 1; i++)
        {
            bytes += result.Jobs[i].Outcome.Output.Size;
        }

        Violation.Unless(bytes < Message.SoftMaxBytes, $"{from} sends results of {bytes} bytes and one more");
        return result.Jobs.Count;
    }
}
