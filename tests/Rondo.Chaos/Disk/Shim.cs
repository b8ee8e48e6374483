using System.IO.MemoryMappedFiles;

namespace Rondo.Chaos.Disk;

/// <summary>
/// The library under an executor (<c>Native/faults.c</c>) that makes its disk and its clock misbehave on command, and keeps what a loss
/// of power needs to know.
/// </summary>
internal sealed class Shim : IDisposable
{
    private const int ControlBytes = 24;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _control;
    private readonly string _library;
    private readonly string _controlPath;
    private readonly string _data;

    public Shim(string library, string folder, string name, string data)
    {
        (_library, _data) = (library, data);
        _controlPath = Path.Combine(folder, name + ".control");
        UndoPath = Path.Combine(folder, name + ".undo");
        File.WriteAllBytes(_controlPath, new byte[ControlBytes]);
        _file = MemoryMappedFile.CreateFromFile(_controlPath, FileMode.Open);
        _control = _file.CreateViewAccessor();
    }

    /// <summary>What writes replaced since the executor started, and what was synced.</summary>
    public string UndoPath { get; }

    /// <summary>So many syncs fail from now on.</summary>
    public int FailingSyncs
    {
        set => _control.Write(0, value);
    }

    /// <summary>How long each sync takes in addition.</summary>
    public TimeSpan SyncDelay
    {
        set => _control.Write(4, (int)value.TotalMilliseconds);
    }

    /// <summary>The next write ends half way, and the process with it.</summary>
    public bool TornWrite
    {
        set => _control.Write(8, value ? 1 : 0);
    }

    /// <summary>Syncs succeed, and make nothing durable: no software keeps a promise on such a disk.</summary>
    public bool Lies
    {
        set => _control.Write(12, value ? 1 : 0);
    }

    /// <summary>How far the executor's clock is off.</summary>
    public TimeSpan ClockOffset
    {
        set => _control.Write(16, value.Ticks * 100);
    }

    /// <summary>Compiles what is written in C.</summary>
    public static void Compile(string source, string target, params string[] options) =>
        Tool.Run("gcc", ["-O2", "-o", target, Path.Combine(AppContext.BaseDirectory, "Native", source), .. options]);

    /// <summary>The next start has a healthy disk; its clock stays as it is.</summary>
    public void Heal()
    {
        FailingSyncs = 0;
        SyncDelay = TimeSpan.Zero;
        TornWrite = false;
        File.Delete(UndoPath);
    }

    /// <summary>What an executor's environment needs to be under the library.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment() =>
        [new("LD_PRELOAD", _library), new("CHAOS_CONTROL", _controlPath), new("CHAOS_UNDO", UndoPath), new("CHAOS_DATA", _data)];

    public void Dispose()
    {
        _control.Dispose();
        _file.Dispose();
    }
}
