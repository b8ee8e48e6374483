using Microsoft.Extensions.Logging;
using Rondo.Core;

namespace Rondo.Executor.Peers;

/// <summary>What the links to other executors log.</summary>
internal static partial class PeersLog
{
    [LoggerMessage(2001, LogLevel.Debug, "Linked with {Peer} incarnation {Incarnation} ({Direction})")]
    public static partial void Linked(ILogger logger, ExecutorId peer, Incarnation incarnation, string direction);

    [LoggerMessage(2002, LogLevel.Debug, "The link with {Peer} broke: {Why}")]
    public static partial void Broke(ILogger logger, ExecutorId peer, string why);

    [LoggerMessage(2003, LogLevel.Debug, "Cannot reach {Address}: {Why}")]
    public static partial void CannotReach(ILogger logger, string address, string why);

    [LoggerMessage(2009, LogLevel.Warning, "No executor answers at {Address} so far, which is tried again and again: {Why}")]
    public static partial void NeverReached(ILogger logger, string address, string why);

    [LoggerMessage(2004, LogLevel.Error, "Refused to talk to {Address}: {Why}")]
    public static partial void Refused(ILogger logger, string address, string why);

    [LoggerMessage(2005, LogLevel.Debug, "Dropped a message to {Peer}: too many wait already")]
    public static partial void Dropped(ILogger logger, ExecutorId peer);

    [LoggerMessage(2006, LogLevel.Error, "{Peer} sent what cannot be read, its stream is closed: {Why}")]
    public static partial void Unreadable(ILogger logger, ExecutorId peer, string why);

    [LoggerMessage(2007, LogLevel.Error, "Writing to {Peer} failed in a way that it should not; it goes on")]
    public static partial void WriterFailed(ILogger logger, ExecutorId peer, Exception fault);

    [LoggerMessage(2008, LogLevel.Debug, "Dropped a large message of {Peer}: more than {Mebibytes} MiB of others are on their way in")]
    public static partial void NoRoom(ILogger logger, ExecutorId peer, long mebibytes);
}
