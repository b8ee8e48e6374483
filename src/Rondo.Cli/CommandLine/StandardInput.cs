using System.Runtime.InteropServices;

namespace Rondo.Cli;

/// <summary>
/// The process's standard input. Reading a terminal or a pipe cannot be broken off, and the console's own stream lets Ctrl-C wait for it:
/// here it goes on, and is not waited for. What it brings is there for the next read.
/// </summary>
/// <param name="console">The console's own stream; null when standard input was closed at the start.</param>
internal sealed partial class StandardInput(Stream? console) : Stream
{
    private const int Descriptor = 0;
    private const int GetDescriptorFlags = 1;
    private const int CloseOnExec = 1;

    private readonly byte[] _block = new byte[64 * 1024];
    private ReadOnlyMemory<byte> _left;
    private Task<int>? _reading;

    /// <summary>
    /// True when this process was started without a standard input (<c>&lt;&amp;-</c>). The runtime has put one of its own pipes in that place by now,
    /// out of which nothing ever comes: what was inherited is not closed on exec, and all that a runtime opens is.
    /// </summary>
    public static bool IsClosed() =>
        !OperatingSystem.IsWindows() && Control(Descriptor, GetDescriptorFlags) is var flags && (flags < 0 || (flags & CloseOnExec) != 0);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="UsageException">Standard input is closed.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (console is null)
        {
            throw new UsageException("standard input is closed, and is to be read: give it a file or a pipe, such as < FILE");
        }

        if (_left.IsEmpty && !buffer.IsEmpty)
        {
            _reading ??= Task.Run(() => console.Read(_block), CancellationToken.None);
            var read = await _reading.WaitAsync(cancellationToken);
            (_reading, _left) = (null, _block.AsMemory(0, read));
        }

        var count = Math.Min(buffer.Length, _left.Length);
        _left[..count].CopyTo(buffer);
        _left = _left[count..];
        return count;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer, offset, count, CancellationToken.None).GetAwaiter().GetResult();

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);
}
