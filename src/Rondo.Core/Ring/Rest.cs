namespace Rondo.Core;

/// <summary>
/// Between its rounds the token rests with the executor that hands jobs over: there it is at hand for the next job, which then costs no
/// message of the token. Whoever needs it elsewhere wakes the ring.
/// </summary>
internal sealed class Rest(ExecutorId self)
{
    // Jobs given since anybody else gave one, and since the token last came.
    private int _inARow;
    private int _moved;
    private TimeSpan _movedAt;

    // True when all have heard with the last round that the token rests here.
    private bool _isKnown;

    /// <summary>True once it has moved as many jobs here as a round takes messages, a pass and its acknowledgement for each executor.</summary>
    public bool IsWorthARound(int executors) => _moved >= MessagesOfARound(executors);

    private static int MessagesOfARound(int executors) => 2 * executors;

    /// <summary>The token has come. Where nobody gave anything for a while, the first who does need not prove that it is the only one.</summary>
    public void Begin(Token token, int executors)
    {
        _inARow =
            token.Giver == self ? _inARow
            : token.Giver.IsNone ? executors
            : 0;
        _moved = 0;
        _isKnown = token.Rests && token.Giver == self;
    }

    /// <summary>Jobs of this home were handed over here.</summary>
    public Token Note(Token token, int moved, int executors, TimeSpan now)
    {
        if (moved == 0)
        {
            return token;
        }

        _moved += moved;
        _inARow += moved;
        _movedAt = now;
        return token with { Giver = self, Rests = _inARow >= executors };
    }

    /// <summary>How long the token stays, when by its pace it would stay so long.</summary>
    public TimeSpan Pause(Token token, TimeSpan pace, int executors) =>
        !token.Rests ? pace
        : token.Giver != self ? TimeSpan.Zero
        : _isKnown ? Pace.Rest(executors)
        : pace;

    /// <summary>The token goes on. When there was no use for it for as long as a lap of an idle ring takes, it does not return to rest.</summary>
    public Token End(Token token, int executors, TimeSpan now) =>
        token.Giver == self && now - _movedAt >= Pace.Rest(executors) ? token with { Giver = default, Rests = false } : token;
}
