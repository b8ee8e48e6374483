using System.Runtime.InteropServices;

namespace Rondo.Cli;

/// <summary>Ctrl-C, and the other polite ways to end a process: the first asks to stop in order, the second leaves at once.</summary>
internal sealed class Interrupts : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public CancellationToken First => _first.Token;

    public CancellationToken Second => _second.Token;

    /// <summary>Interrupts of this process, from now on.</summary>
    public static Interrupts Listen()
    {
        var interrupts = new Interrupts();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
        {
            interrupts._registrations.Add(
                PosixSignalRegistration.Create(
                    signal,
                    context =>
                    {
                        context.Cancel = true;
                        interrupts.Raise();
                    }
                )
            );
        }

        return interrupts;
    }

    public void Raise()
    {
        if (_first.IsCancellationRequested)
        {
            _second.Cancel();
        }
        else
        {
            _first.Cancel();
        }
    }

    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _first.Dispose();
        _second.Dispose();
    }
}
