namespace Rondo.Cli;

/// <summary>
/// One line at the bottom of a terminal that is drawn over and over. Anything else that is written comes after <see cref="Clear"/>, so
/// that the line gets out of its way. Without a terminal there is no line.
/// </summary>
internal sealed class ProgressLine(Session session)
{
    private static readonly TimeSpan DrawEvery = TimeSpan.FromMilliseconds(80);

    private readonly Lock _lock = new();
    private readonly bool _isShown = session.Surroundings.ErrorIsTerminal;
    private long _drawnAt;
    private bool _isDrawn;

    public void Draw(Func<string> text, bool now = false)
    {
        if (!_isShown)
        {
            return;
        }

        lock (_lock)
        {
            if (now || _drawnAt == 0 || session.Surroundings.Clock.GetElapsedTime(_drawnAt) >= DrawEvery)
            {
                _drawnAt = session.Surroundings.Clock.GetTimestamp();
                _isDrawn = true;
                session.Talk.Write("\r\e[2K" + text());
            }
        }
    }

    /// <summary>Takes the line away, for good or until it is drawn again.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            if (_isDrawn)
            {
                session.Talk.Write("\r\e[2K");
                _isDrawn = false;
                _drawnAt = 0;
            }
        }
    }

    /// <summary>A bar of full and empty parts, as wide as asked for.</summary>
    public static string Bar(long part, long whole, int width, Ink ink)
    {
        var full = whole <= 0 ? 0 : (int)Math.Clamp(part * width / whole, 0, width);
        return ink.Green(new string('━', full)) + ink.Dim(new string('─', width - full));
    }
}
