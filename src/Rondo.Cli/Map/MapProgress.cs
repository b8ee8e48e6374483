using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Rondo.Cli;

/// <summary>The bar of a map at the bottom of a terminal. What is written meanwhile goes above it. Without a terminal there is no bar.</summary>
internal sealed class MapProgress : IAsyncDisposable
{
    private readonly Session _session;
    private readonly BottomBar? _bar;

    public MapProgress(Session session)
    {
        _session = session;
        OutageNote = new OutageNote(Say, session.Surroundings.Patience);
        if (!session.Surroundings.IsErrorFancy)
        {
            Output = session.Surroundings.Output;
            Error = session.Surroundings.Error;
            return;
        }

        _bar = new BottomBar(session.TalkConsole, "starting");
        // Two streams on one screen: whole lines alone, or the bar would stand in the middle of one.
        Output = session.Surroundings.IsOutputFancy ? new LinesAbove(session.TalkConsole) : session.Surroundings.Output;
        Error = new LinesAbove(session.TalkConsole);
    }

    public Stream Output { get; }

    public Stream Error { get; }

    /// <summary>Tells of outages above the bar.</summary>
    public OutageNote OutageNote { get; }

    public void Show(int finished, int read, bool isAllRead, int failed)
    {
        if (_bar is null)
        {
            return;
        }

        // The bar shows as finished, and stops its clock, when it is full: while lines are read it never is.
        _bar.Task.MaxValue = isAllRead ? Math.Max(1, read) : read + 1;
        _bar.Task.Value = finished;
        _bar.Task.Description = $"{finished}/{read}{(isAllRead ? "" : "+")} finished{(failed > 0 ? $"  [maroon]{failed} failed[/]" : "")}";
    }

    public void Say(string text)
    {
        if (_bar is null)
        {
            _session.TalkConsole.WriteLine("rondo: " + text);
        }
        else
        {
            _session.TalkConsole.Write(new Above($"rondo: {text}\n"));
        }
    }

    /// <summary>Takes the bar away and writes what is left of a line.</summary>
    public async ValueTask DisposeAsync()
    {
        await (_bar?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (
            var (stream, destination) in ((Stream, Stream)[])[(Output, _session.Surroundings.Output), (Error, _session.Surroundings.Error)]
        )
        {
            if (stream is LinesAbove lines)
            {
                await destination.WriteAsync(lines.TakeRest());
            }
        }
    }

    /// <summary>Passes on whole lines by way of the console that draws the bar.</summary>
    private sealed class LinesAbove(IAnsiConsole console) : PassingStream
    {
        private readonly MemoryStream _rest = new();

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            var end = buffer.LastIndexOf((byte)'\n') + 1;
            if (end > 0)
            {
                _rest.Write(buffer[..end]);
                console.Write(new Above(Encoding.UTF8.GetString(TakeRest())));
            }

            _rest.Write(buffer[end..]);
        }

        public byte[] TakeRest()
        {
            var bytes = _rest.ToArray();
            _rest.SetLength(0);
            return bytes;
        }
    }

    /// <summary>Text as it is, on lines that were cleared of what was drawn there.</summary>
    private sealed class Above(string text) : IRenderable
    {
        private const string EraseBelow = "\e[J";

        public Measurement Measure(RenderOptions options, int maxWidth) => new(0, maxWidth);

        public IEnumerable<Segment> Render(RenderOptions options, int maxWidth) => [Segment.Control(EraseBelow + text)];
    }
}
