using Rondo.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rondo.Cli;

/// <summary>The ring on a terminal, drawn over itself until Ctrl-C.</summary>
internal static class RingWatch
{
    public static async Task RunAsync(Session session, TimeSpan every)
    {
        using var ticks = new PeriodicTimer(every, session.Surroundings.Clock);
        try
        {
            await using var view = await LiveView.StartAsync(session.OutConsole, await DrawAsync(session));
            while (await ticks.WaitForNextTickAsync(session.Interrupted))
            {
                view.Draw(await DrawAsync(session));
            }
        }
        catch (OperationCanceledException) when (session.Interrupted.IsCancellationRequested)
        {
            // Ctrl-C is how a watch ends; the last picture stays.
        }
    }

    private static async Task<IRenderable> DrawAsync(Session session)
    {
        try
        {
            return RingTable.Picture(await session.Client.RingAsync(session.Interrupted), session.OutConsole.Profile.Width);
        }
        catch (RondoUnreachableException nobody)
        {
            // A watch outlives the ring that it watches: it may come back.
            return new Text(nobody.Message, Palette.Bad);
        }
    }
}
