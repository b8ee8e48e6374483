using System.Runtime.InteropServices;

namespace Rondo.Executor.Hosting;

/// <summary>SIGTERM and Ctrl-C: the first asks to stop, the second to stop waiting.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _second = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals() =>
        _registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
        ];

    /// <summary>Completes with the first signal.</summary>
    public Task First => _first.Task;

    /// <summary>Cancelled by the second signal.</summary>
    public CancellationToken Second => _second.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        Array.ForEach(_registrations, registration => registration.Dispose());
        _second.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (!_first.TrySetResult())
        {
            _second.Cancel();
        }
    }
}
