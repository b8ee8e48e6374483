using Spectre.Console;

namespace Rondo.Cli;

/// <summary>A bar at the bottom of a terminal, until it is disposed of.</summary>
internal sealed class BottomBar : IAsyncDisposable
{
    private const int Width = 30;

    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _showing;

    /// <param name="text">What stands beside it.</param>
    public BottomBar(IAnsiConsole console, string text)
    {
        var begun = new TaskCompletionSource<ProgressTask>();
        _showing = console
            .Progress()
            .AutoClear(true)
            .Columns(
                new ProgressBarColumn
                {
                    Width = Width,
                    CompletedStyle = Palette.Good,
                    FinishedStyle = Palette.Good,
                    RemainingStyle = Palette.Dim,
                },
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ElapsedTimeColumn { Style = Palette.Dim }
            )
            .StartAsync(context =>
            {
                begun.SetResult(context.AddTask(text));
                return _end.Task;
            });
        Task = begun.Task.GetAwaiter().GetResult();
    }

    /// <summary>How far it is.</summary>
    public ProgressTask Task { get; }

    /// <summary>Takes it away.</summary>
    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await _showing;
    }
}
