using Rondo.Client;

namespace Rondo.Cli;

/// <summary>The ring on a terminal, drawn over itself until Ctrl-C.</summary>
internal static class RingWatch
{
    public static async Task RunAsync(Session session, TimeSpan every)
    {
        using var ticks = new PeriodicTimer(every, session.Surroundings.Clock);
        await using var screen = new LiveScreen(session.Out, session.Surroundings.Width);
        try
        {
            do
            {
                screen.Draw(await DrawAsync(session));
            } while (await ticks.WaitForNextTickAsync(session.Interrupted));
        }
        catch (OperationCanceledException) when (session.Interrupted.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends; the last picture stays.
        }
    }

    private static async Task<string> DrawAsync(Session session)
    {
        var text = new StringWriter { NewLine = "\n" };
        try
        {
            RingTable.Write(text, await session.Client.RingAsync(session.Interrupted), session.Ink);
        }
        catch (RondoUnreachableException nobody)
        {
            // A watch outlives the ring that it watches: it may come back.
            text.WriteLine(session.Ink.Red(nobody.Message));
        }

        return text.ToString();
    }
}
