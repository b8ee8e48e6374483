using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rondo.Cli;

/// <summary>A picture on a terminal that is drawn over itself; the last one stays.</summary>
internal sealed class LiveView : IAsyncDisposable
{
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<LiveDisplayContext> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _live;
    private readonly IAnsiConsole _console;

    private LiveView(IAnsiConsole console, IRenderable first)
    {
        _console = console;
        _live = console
            .Live(first)
            .Overflow(VerticalOverflow.Crop)
            .Cropping(VerticalOverflowCropping.Bottom)
            .StartAsync(context =>
            {
                _begun.SetResult(context);
                return _end.Task;
            });
    }

    public static async Task<LiveView> StartAsync(IAnsiConsole console, IRenderable first)
    {
        var view = new LiveView(console, first);
        await await Task.WhenAny(view._begun.Task, view._live);
        return view;
    }

    public void Draw(IRenderable picture)
    {
        _begun.Task.Result.UpdateTarget(picture);
        // A terminal shows Ctrl-C as ^C where the cursor is: behind a line that is full it would make another one.
        _console.Profile.Out.Writer.Write('\r');
        _console.Profile.Out.Writer.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await _live;
    }
}
