using System.Diagnostics;
using Rondo.Client;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rondo.Cli;

/// <summary>Shows the demo: a living picture on a terminal, plain lines anywhere else.</summary>
internal sealed class DemoView : IAsyncDisposable
{
    public static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(100);

    private readonly IAnsiConsole _console;
    private readonly DemoPlan _plan;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly List<DemoEvent> _events = [];
    private LiveView? _screen;
    private DemoMoment? _moment;
    private TimeSpan _shownAt;

    private DemoView(IAnsiConsole console, DemoPlan plan) => (_console, _plan) = (console, plan);

    public static async Task<DemoView> StartAsync(IAnsiConsole console, DemoPlan plan)
    {
        var view = new DemoView(console, plan);
        view._screen = console.Profile.Capabilities.Interactive ? await LiveView.StartAsync(console, view.Picture()) : null;
        return view;
    }

    /// <summary>Tells what happens, as it happens.</summary>
    public void Say(string text) => Add(text, isAlarm: false);

    /// <summary>Tells what goes wrong on purpose.</summary>
    public void Alarm(string text) => Add(text, isAlarm: true);

    public void Show(DemoStage stage, RingStatus? ring, int received)
    {
        lock (_lock)
        {
            _moment = DemoMoment.Of(stage, ring, received, _plan);
            if (_elapsed.Elapsed - _shownAt < (_screen is null ? PlainEvery : DrawEvery))
            {
                return;
            }

            _shownAt = _elapsed.Elapsed;
            if (_screen is not null)
            {
                Draw();
            }
            else
            {
                _console.WriteLine(DemoPicture.Line(_moment, _elapsed.Elapsed));
            }
        }
    }

    public async Task ConcludeAsync(DemoVerdict verdict, string? folder)
    {
        await DisposeAsync();
        _console.WriteLine();
        DemoPicture.WriteVerdict(_console, verdict);
        if (folder is not null)
        {
            _console.WriteLine($"The executors' data and logs are kept in {folder}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        LiveView? screen;
        lock (_lock)
        {
            if (_screen is not null)
            {
                Draw();
            }

            (screen, _screen) = (_screen, null);
        }

        if (screen is not null)
        {
            await screen.DisposeAsync();
        }
    }

    private void Add(string text, bool isAlarm)
    {
        lock (_lock)
        {
            _events.Add(new DemoEvent(_elapsed.Elapsed, text, isAlarm));
            if (_screen is not null)
            {
                Draw();
            }
            else
            {
                _console.WriteLine(DemoPicture.Line(_events[^1]));
            }
        }
    }

    private void Draw() => _screen!.Draw(Picture());

    private IRenderable Picture() =>
        DemoPicture.Draw(_plan, _moment, _events, _elapsed.Elapsed, (_console.Profile.Width, _console.Profile.Height - 1));
}

/// <summary>Something that happened in the demo.</summary>
internal sealed record DemoEvent(TimeSpan At, string Text, bool IsAlarm);
