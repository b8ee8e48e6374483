namespace Rondo.Cli;

/// <summary>A file as it is sent. On a terminal it shows how far it is, once that has taken long enough for a person to wonder.</summary>
internal sealed class UploadedFile(FileStream file, Session session) : Stream
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly long _start = file.Position;
    private readonly long _begun = session.Surroundings.Clock.GetTimestamp();
    private BottomBar? _bar;

    public override bool CanRead => true;

    public override bool CanSeek => file.CanSeek;

    public override bool CanWrite => false;

    public override long Length => file.Length;

    public override long Position
    {
        get => file.Position;
        set => file.Position = value;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await file.ReadAsync(buffer, cancellationToken);
        Show();
        return read;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => file.Read(buffer, offset, count);

    public override void Flush() { }

    public override long Seek(long offset, SeekOrigin origin) => file.Seek(offset, origin);

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await (_bar?.DisposeAsync() ?? ValueTask.CompletedTask);
        await file.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            file.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Show()
    {
        if (
            !session.Surroundings.IsErrorFancy
            || (_bar is null && session.Surroundings.Clock.GetElapsedTime(_begun) < Earlier(Quiet, session.Surroundings.Patience))
        )
        {
            return;
        }

        var (sent, all) = (file.Position - _start, Math.Max(file.Length - _start, 1));
        _bar ??= new BottomBar(session.TalkConsole, "sending");
        _bar.Task.MaxValue = all;
        _bar.Task.Value = sent;
        _bar.Task.Description = $"{sent >> 20} of {all >> 20} MiB sent";
    }

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
