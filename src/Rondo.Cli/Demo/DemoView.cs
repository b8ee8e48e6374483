using System.Diagnostics;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Shows the demo: a living picture on a terminal, plain lines anywhere else.</summary>
internal sealed class DemoView : IAsyncDisposable
{
    public static readonly TimeSpan PlainEvery = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(100);

    private readonly TextWriter _writer;
    private readonly DemoPlan _plan;
    private readonly Ink _ink;
    private readonly LiveScreen? _screen;
    private readonly Func<int> _height;
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly Lock _lock = new();
    private readonly List<DemoEvent> _events = [];
    private DemoMoment? _moment;
    private TimeSpan _shownAt;

    public DemoView(Session session, TextWriter writer, DemoPlan plan)
    {
        _writer = writer;
        _plan = plan;
        var isTerminal = writer == session.Out ? session.Surroundings.OutputIsTerminal : session.Surroundings.ErrorIsTerminal;
        _ink = writer == session.Out ? session.Ink : session.TalkInk;
        _height = session.Surroundings.Height;
        _screen = isTerminal ? new LiveScreen(writer, session.Surroundings.Width) : null;
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
                WriteLine(DemoPicture.Line(_moment, _elapsed.Elapsed));
            }
        }
    }

    public void Conclude(DemoVerdict verdict, string? folder)
    {
        lock (_lock)
        {
            if (_screen is not null)
            {
                Draw();
            }

            _writer.WriteLine();
            DemoPicture.WriteVerdict(_writer, verdict, _ink);
            if (folder is not null)
            {
                _writer.WriteLine($"The executors' data and logs are kept in {folder}");
            }

            _writer.Flush();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_screen is not null)
        {
            await _screen.DisposeAsync();
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
                WriteLine(DemoPicture.Line(_events[^1], Ink.None));
            }
        }
    }

    private void Draw() => _screen!.Draw(DemoPicture.Draw(_plan, _moment, _events, _elapsed.Elapsed, _height() - 1, _ink));

    private void WriteLine(string line)
    {
        _writer.WriteLine(line);
        _writer.Flush();
    }
}

/// <summary>Something that happened in the demo.</summary>
internal sealed record DemoEvent(TimeSpan At, string Text, bool IsAlarm);
