using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Peers;
using Rondo.Executor.Running;

namespace Rondo.Executor.Loop;

/// <summary>Carries out what the core wants done outside of it; replies go to their requests by the loop itself.</summary>
internal sealed class EffectOutlet(PeerNetwork peers, JobRunner runner, StoreQuestions questions, ILogger<ExecutorCore> logger)
{
    /// <summary>Carries out one effect, without blocking.</summary>
    public void Release(Effect effect)
    {
        switch (effect)
        {
            case Effect.Send send:
                peers.Send(send.To, send.Message);
                break;
            case Effect.Greet greet:
                peers.Greet(greet.Address, greet.Hello);
                break;
            case Effect.Start start:
                runner.Start(start);
                break;
            case Effect.Stop stop:
                runner.Stop(stop);
                break;
            case Effect.LookUp or Effect.FindKey:
                questions.Ask(effect);
                break;
            case Effect.Note note:
                CoreEventLog.Write(logger, note.Event);
                break;
            default:
                throw new UnreachableException();
        }
    }
}
