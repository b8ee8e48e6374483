using System.Runtime.CompilerServices;
using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// The token as the models in <c>spec/</c> have it, one executor's part of it: seen, last accepted, and the token if it is here. Every
/// step of the real core is replayed against it, so that code and model cannot drift apart.
/// </summary>
/// <remarks>Written anew from <c>spec/token.pml</c>, without a look at the core: what is the same by copying proves nothing.</remarks>
internal sealed class TokenModel(ExecutorId self, Incarnation incarnation)
{
    private Generation _seen;
    private (Generation Generation, long Hop) _last = (default, -1);
    private (Generation Generation, long Hop)? _held;
    private (Generation Generation, long Hop) _passed = (default, -1);

    /// <summary>What the model must answer to the input of this step; null when it need not answer.</summary>
    private Type? _expected;

    public void Take(Message message)
    {
        _expected = null;
        switch (message)
        {
            case Message.Pass pass when pass.To != incarnation:
                // A pass is for one start of its receiver.
                _expected = typeof(Message.Nack);
                break;
            case Message.Pass pass when pass.Token.Generation < _seen:
                // A lower generation dies where a higher one was seen.
                _expected = typeof(Message.Stale);
                break;
            case Message.Pass { Token: var token }:
                _expected = typeof(Message.Ack);
                if (token.Generation != _last.Generation || token.Hop > _last.Hop)
                {
                    _seen = token.Generation;
                    _last = (token.Generation, token.Hop);
                    _held = _last;
                }

                break;
            case Message.Stale stale:
                _seen = stale.Seen > _seen ? stale.Seen : _seen;
                _held = _held is { } held && held.Generation < _seen ? null : _held;
                break;
        }
    }

    /// <summary>The core made a token.</summary>
    public void Make(Generation made, bool isRecorded)
    {
        Rule(isRecorded, $"an epoch is recorded together with its token, {made}");
        Rule(made.Creator == self && made.Epoch > _seen.Epoch, $"a new token is higher than all that were seen: {made} after {_seen}");
        _seen = made;
        _last = (made, 0);
        _held = _last;
    }

    /// <summary>The core sends something because of this step.</summary>
    public void Say(Message message)
    {
        switch (message)
        {
            case Message.Ack or Message.Nack or Message.Stale:
                Rule(message.GetType() == _expected, $"{message.GetType().Name} where the model answers {_expected?.Name ?? "nothing"}");
                _expected = null;
                break;
            case Message.Pass { Token: var token } when (token.Generation, token.Hop) == _passed:
                // The same again, to the same start: TokenWatch sees to that.
                break;
            case Message.Pass { Token: var token }:
                Rule(
                    _held == (token.Generation, token.Hop - 1),
                    $"only who holds a token passes it: {token.Generation} hop {token.Hop} while the model holds {_held?.ToString() ?? "none"}"
                );
                _held = null;
                _passed = (token.Generation, token.Hop);
                break;
        }
    }

    /// <summary>The step is over.</summary>
    public void End()
    {
        Rule(_expected is null, $"no {_expected?.Name} where the model answers with one");
        _expected = null;
    }

    private void Rule(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] ref Violation.Text rule)
    {
        if (!holds)
        {
            throw new Violation($"{self} leaves the model of the token: {rule.ToStringAndClear()}");
        }
    }
}
