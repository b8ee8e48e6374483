using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Rondo.Chaos.Disk;

namespace Rondo.Chaos.Ring;

/// <summary>One executor: a process, started and started again on the same data, in a network and on a disk that can be made to fail.</summary>
internal sealed partial class ChaosExecutor : IDisposable
{
    public const int HttpPort = 7070;
    public const int RingPort = 7071;

    /// <summary>How long a start may take on a machine that is busy with many other things.</summary>
    public static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    /// <summary>How long a holder may be out of the ring: shorter than the default, so that more of it happens.</summary>
    public static readonly TimeSpan RescueAfter = TimeSpan.FromSeconds(2);

    private const int SigContinue = 18;
    private const int SigStop = 19;
    private const int SigTerm = 15;
    private const int LinesKept = 40;

    private readonly IReadOnlyList<string> _options;
    private readonly ConcurrentQueue<string> _lines = new();
    private StreamWriter? _log;
    private Life? _life;

    /// <param name="index">Its place in the run.</param>
    /// <param name="folder">Where its log and what hurts it are kept.</param>
    /// <param name="diskBytes">The size of a disk in memory for its data; null for a folder of the machine's disk.</param>
    /// <param name="options">Of <c>rondo start</c>, in addition.</param>
    public ChaosExecutor(int index, string folder, string library, long? diskBytes, IReadOnlyList<string> options)
    {
        (Index, _options) = (index, options);
        Data = Path.Combine(folder, $"data{index}");
        Directory.CreateDirectory(Data);
        if (diskBytes is { } bytes)
        {
            Disk = new SmallDisk(Data, bytes);
        }

        Shim = new Shim(library, folder, $"e{index}", Data);
        _log = new StreamWriter(Path.Combine(folder, $"e{index}.log")) { AutoFlush = true };
    }

    public int Index { get; }

    public string Data { get; }

    /// <summary>Its id, once it was ready for the first time.</summary>
    public string? Id { get; private set; }

    public Shim Shim { get; }

    /// <summary>The disk in memory that it is on; null when it is on the machine's.</summary>
    public SmallDisk? Disk { get; }

    /// <summary>True once an operator removed it from the ring, so that some executors may not know it for a while.</summary>
    public bool WasRemoved { get; set; }

    /// <summary>The program that the next start runs.</summary>
    public required string Rondo { get; set; }

    /// <summary>True while it runs an earlier release, which does not know every option.</summary>
    public bool IsPrevious { get; set; }

    /// <summary>Whoever does something to the process has this meanwhile.</summary>
    public SemaphoreSlim Gate { get; } = new(1);

    public Uri Url => new($"http://{Network.Address(Index)}:{HttpPort}");

    public bool IsRunning => _life is { Process.HasExited: false };

    /// <summary>Told when it ended although nobody meant it to.</summary>
    public required Action<string> Failed { get; init; }

    /// <summary>Told of every line that it logs, on a thread of the pool.</summary>
    public Action<ChaosExecutor, string>? Logged { get; set; }

    /// <summary>Starts it and waits until it answers.</summary>
    /// <returns>How long that took; null when it was ended meanwhile, or did not start, which is told as a failure.</returns>
    public async Task<TimeSpan?> StartAsync()
    {
        Shim.Heal();
        var words = (string[])
            [
                .. Network.Enter(Index),
                Rondo,
                "start",
                "--data",
                Data,
                "--name",
                $"e{Index}",
                "--listen",
                $"{Network.Address(Index)}:{HttpPort}",
                "--ring",
                $"{Network.Address(Index)}:{RingPort}",
                "--until-input-ends",
                .. _options,
                .. (string[])(IsPrevious ? [] : ["--rescue-after", $"{RescueAfter.TotalSeconds}s"]),
            ];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in Shim.Environment())
        {
            start.Environment[name] = value;
        }

        var clock = Stopwatch.StartNew();
        var process = Process.Start(start) ?? throw new InvalidOperationException("the executor does not start");
        var life = new Life(process);
        _life = life;
        process.ErrorDataReceived += (_, line) => Log(line.Data);
        process.BeginErrorReadLine();
        _ = WatchAsync(life);
        var line = process.StandardOutput.ReadLineAsync();
        if (await Task.WhenAny(line, Task.Delay(StartLimit)) != line)
        {
            Failed($"e{Index} was not ready within {StartLimit}: {LastLines()}");
            return null;
        }

        if (await line is not { } ready)
        {
            await process.WaitForExitAsync();
            return null;
        }

        Id ??= ready.Split(' ')[1];
        Log(ready);
        return clock.Elapsed;
    }

    /// <summary>Ends it by SIGKILL and waits until it is gone.</summary>
    public void Kill()
    {
        MayEnd();
        if (_life is { } life)
        {
            life.Process.Kill();
            life.Process.WaitForExit();
        }
    }

    public void Pause() => Signal(SigStop);

    public void Continue() => Signal(SigContinue);

    /// <summary>Asks it to stop, and waits until it has.</summary>
    public async Task<bool> StopAsync(TimeSpan limit)
    {
        MayEnd();
        Signal(SigTerm);
        return await EndsAsync(limit);
    }

    /// <summary>From now on its end is what is wanted.</summary>
    public void MayEnd()
    {
        if (_life is { } life)
        {
            life.MayEnd = true;
        }
    }

    /// <summary>From now on it must not end by itself any more.</summary>
    public void MustGoOn()
    {
        if (_life is { } life)
        {
            life.MayEnd = false;
        }
    }

    /// <summary>Waits for its end; false when it goes on.</summary>
    public async Task<bool> EndsAsync(TimeSpan limit)
    {
        if (_life is not { } life)
        {
            return true;
        }

        using var time = new CancellationTokenSource(limit);
        try
        {
            await life.Process.WaitForExitAsync(time.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public string LastLines() => string.Join(" | ", _lines.TakeLast(5));

    public void Dispose()
    {
        Kill();
        _life?.Process.Dispose();
        Shim.Dispose();
        lock (_lines)
        {
            _log?.Dispose();
            _log = null;
        }
    }

    private async Task WatchAsync(Life life)
    {
        await life.Process.WaitForExitAsync();
        if (!life.MayEnd)
        {
            Failed($"e{Index} ended by itself with {life.Process.ExitCode}: {LastLines()}");
        }
    }

    private void Log(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lines)
        {
            _log?.WriteLine(line);
        }

        _lines.Enqueue(line);
        if (_lines.Count > LinesKept)
        {
            _lines.TryDequeue(out _);
        }

        Logged?.Invoke(this, line);
    }

    private void Signal(int signal)
    {
        if (_life is { Process: { HasExited: false } process })
        {
            _ = SendSignal(process.Id, signal);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);

    /// <summary>From one start to its end.</summary>
    private sealed class Life(Process process)
    {
        public Process Process => process;

        public volatile bool MayEnd;
    }
}
