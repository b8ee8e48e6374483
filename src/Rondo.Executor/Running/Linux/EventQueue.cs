using System.Runtime.InteropServices;

namespace Rondo.Executor.Running.Linux;

/// <summary>
/// Waits for many descriptors at once (epoll) and calls back what belongs to those that are ready. One thread owns it; only
/// <see cref="Wake"/> may be called by others.
/// </summary>
/// <remarks>
/// A callback may take descriptors out of the queue and close them, but must not open and add new ones: a number that is used again within
/// one round could be taken for the old one.
/// </remarks>
internal sealed unsafe class EventQueue : IDisposable
{
    public const uint Readable = 0x1;
    public const uint Writable = 0x4;

    private const int OperationAdd = 1;
    private const int OperationRemove = 2;
    private const int EventsPerRound = 64;

    // The kernel's struct epoll_event is packed on x86-64 alone.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int EventBytes = DataOffset + 8;

    private readonly Dictionary<int, IWhenReady> _watched = [];
    private readonly int _epoll = Errno.Check(Native.EpollCreate(Native.CloseOnExec), "epoll_create1");
    private readonly int _wake = Errno.Check(Native.EventFd(0, Native.CloseOnExec | Native.NonBlocking), "eventfd");
    private readonly Lock _wakeGate = new();
    private bool _awake;
    private bool _closed;

    public EventQueue() => Add(_wake, Readable, new WakeUp(this));

    /// <summary>What to call when a descriptor is ready.</summary>
    public interface IWhenReady
    {
        /// <summary>The descriptor is readable or writable, as asked for, or has an error that the next call on it will tell.</summary>
        void OnReady();
    }

    /// <summary>Watches a descriptor until it is removed.</summary>
    public void Add(int fd, uint interest, IWhenReady whenReady)
    {
        var entry = stackalloc byte[EventBytes];
        *(uint*)entry = interest;
        *(long*)(entry + DataOffset) = fd;
        Errno.Check(Native.EpollControl(_epoll, OperationAdd, fd, entry), "epoll_ctl");
        _watched.Add(fd, whenReady);
    }

    /// <summary>Stops watching a descriptor. It must still be open.</summary>
    public void Remove(int fd)
    {
        _watched.Remove(fd);
        var unused = stackalloc byte[EventBytes]; // Kernels before 2.6.9 wanted one.
        Errno.Check(Native.EpollControl(_epoll, OperationRemove, fd, unused), "epoll_ctl");
    }

    /// <summary>Ends the wait that goes on, or the next one. Any thread, also after the queue was closed.</summary>
    public void Wake()
    {
        lock (_wakeGate)
        {
            if (_awake || _closed)
            {
                return;
            }

            _awake = true;
            var one = 1L;
            Native.Write(_wake, (byte*)&one, sizeof(long));
        }
    }

    /// <summary>Waits until something is ready or the time is over, and calls what is ready.</summary>
    /// <param name="timeoutMs">-1 to wait without a limit.</param>
    public void WaitOnce(int timeoutMs)
    {
        var events = stackalloc byte[EventsPerRound * EventBytes];
        var count = Native.EpollWait(_epoll, events, EventsPerRound, timeoutMs);
        if (count < 0 && Errno.Last == Errno.Interrupted)
        {
            return;
        }

        Errno.Check(count, "epoll_wait");
        for (var index = 0; index < count; index++)
        {
            var fd = (int)*(long*)(events + (index * EventBytes) + DataOffset);
            if (_watched.TryGetValue(fd, out var whenReady))
            {
                whenReady.OnReady();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_wakeGate)
        {
            _closed = true;
            Native.Close(_wake);
        }

        Native.Close(_epoll);
    }

    private sealed class WakeUp(EventQueue owner) : IWhenReady
    {
        public void OnReady()
        {
            lock (owner._wakeGate)
            {
                long count;
                Native.Read(owner._wake, (byte*)&count, sizeof(long));
                owner._awake = false;
            }
        }
    }
}
