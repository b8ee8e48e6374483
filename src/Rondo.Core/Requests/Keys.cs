namespace Rondo.Core;

/// <summary>
/// Submissions that may be repetitions. The executor that a key belongs to takes every job of that key, so that it alone has to know
/// whether there is one already: in memory, in its store, or where the key belonged before this executor was there.
/// </summary>
internal sealed class Keys(JobTable jobs)
{
    // Those whose key is being looked up. A key is looked up once; whatever comes meanwhile waits with it.
    private readonly Dictionary<string, List<Input.Submit>> _open = [];

    /// <summary>Takes a job in; set by whoever can.</summary>
    public Action<Input.Submit, Turn>? Accept { get; set; }

    /// <summary>The same, unless the key has come to belong to another executor while it was looked up.</summary>
    public Action<Input.Submit, Turn>? AcceptLate { get; set; }

    /// <summary>A job with a key, which belongs here.</summary>
    public void Submit(Input.Submit submit, EquatableList<Member> elsewhere, Turn turn)
    {
        var key = submit.Terms.IdempotencyKey!;
        if (jobs.FindKey(key) is { } known)
        {
            Answer(submit, known, turn);
        }
        else if (_open.TryGetValue(key, out var waiting))
        {
            waiting.Add(submit);
        }
        else if (jobs.ForgotKeys || elsewhere.Count > 0)
        {
            _open.Add(key, [submit]);
            turn.Emit(new Effect.FindKey(key, elsewhere));
        }
        else
        {
            Accept!(submit, turn);
        }
    }

    /// <summary>The store, and the executors that were asked, said what they know.</summary>
    public void Found(Input.KeyFound found, Turn turn)
    {
        if (!_open.Remove(found.Key, out var waiting))
        {
            return;
        }

        foreach (var submit in waiting)
        {
            if ((found.Known ?? jobs.FindKey(found.Key)) is { } known)
            {
                Answer(submit, known, turn);
            }
            else if (found.Unreachable is { } unreachable)
            {
                turn.Reply(
                    submit.Request,
                    new Answer.Unreachable(
                        unreachable,
                        $"executor {unreachable} may have a job of this idempotency key from before this one was there, and does not answer; "
                            + "the request is safe to repeat"
                    )
                );
            }
            else
            {
                AcceptLate!(submit, turn);
            }
        }
    }

    private static void Answer(Input.Submit submit, KeyedJob known, Turn turn) =>
        turn.Reply(
            submit.Request,
            known.Digest == submit.Terms.Digest
                ? new Answer.Submitted(known.Id, IsKnown: true)
                : new Answer.Refused(
                    Refusal.KeyConflict,
                    $"the idempotency key '{submit.Terms.IdempotencyKey}' was given to job {known.Id} already, and that one is different: "
                        + "a repetition has to be the same, and another job needs another key"
                )
        );
}

/// <summary>A job that was handed in with an idempotency key.</summary>
/// <param name="Digest">Of what was handed in, see <see cref="JobTerms.Digest"/>.</param>
public readonly record struct KeyedJob(JobId Id, ulong Digest);
