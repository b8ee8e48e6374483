using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rondo.Core;

namespace Rondo.Executor.Loop;

/// <summary>Puts into the log what the core has to say to an operator.</summary>
internal static partial class CoreEventLog
{
    /// <summary>Logs one event.</summary>
    public static void Write(ILogger logger, CoreEvent noted)
    {
        switch (noted)
        {
            case CoreEvent.PeerJoined { Peer: var peer }:
                PeerJoined(logger, peer.Id, peer.Name, peer.Incarnation, peer.RingAddress);
                break;
            case CoreEvent.PeerSuspected suspected:
                PeerSuspected(logger, suspected.Peer, suspected.Why);
                break;
            case CoreEvent.PeerLeft left:
                PeerLeft(logger, left.Peer);
                break;
            case CoreEvent.TokenMade made:
                TokenMade(logger, made.Generation, made.Why);
                break;
            case CoreEvent.HandedOver handed:
                HandedOver(logger, handed.Jobs, handed.To, handed.Lap);
                break;
            case CoreEvent.Rescued rescued:
                Rescued(logger, rescued.Jobs, rescued.From);
                break;
            case CoreEvent.WasPaused paused:
                WasPaused(logger, (long)paused.Length.TotalMilliseconds);
                break;
            default:
                throw new UnreachableException();
        }
    }

    [LoggerMessage(1001, LogLevel.Information, "{Peer} ({Name}) joined: incarnation {Incarnation} at {Address}")]
    private static partial void PeerJoined(ILogger logger, ExecutorId peer, string name, Incarnation incarnation, string address);

    [LoggerMessage(1002, LogLevel.Warning, "{Peer} does not answer: {Why}")]
    private static partial void PeerSuspected(ILogger logger, ExecutorId peer, string why);

    [LoggerMessage(1003, LogLevel.Information, "{Peer} left the ring")]
    private static partial void PeerLeft(ILogger logger, ExecutorId peer);

    [LoggerMessage(1004, LogLevel.Information, "Made the token {Generation}: {Why}")]
    private static partial void TokenMade(ILogger logger, Generation generation, string why);

    [LoggerMessage(1005, LogLevel.Debug, "Handed {Jobs} jobs to {To} on lap {Lap}")]
    private static partial void HandedOver(ILogger logger, int jobs, ExecutorId to, long lap);

    [LoggerMessage(1006, LogLevel.Warning, "Took {Jobs} jobs back from {From}, which is out of the ring")]
    private static partial void Rescued(ILogger logger, int jobs, ExecutorId from);

    [LoggerMessage(
        1007,
        LogLevel.Warning,
        "This executor did not run for {Milliseconds} ms: the machine is overloaded, or the process was paused"
    )]
    private static partial void WasPaused(ILogger logger, long milliseconds);
}
