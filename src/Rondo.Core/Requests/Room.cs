namespace Rondo.Core;

/// <summary>The room that the disk has for what clients hand in, as it was told last (<see cref="Input.Room"/>). Until then there is enough.</summary>
internal sealed class Room
{
    /// <summary>What a job or a cron takes beside its content, roughly.</summary>
    public const long RestBytes = 512;

    private string _message = "";

    /// <summary>How many bytes may still be taken.</summary>
    public long Left { get; private set; } = long.MaxValue;

    public void Tell(Input.Room told) => (Left, _message) = (told.Bytes, told.Message);

    /// <summary>Takes room for a job or a cron with so many bytes of content.</summary>
    /// <returns>Null when there was room; otherwise what its client is told.</returns>
    public Answer.Refused? Take(long contentBytes)
    {
        var bytes = contentBytes + RestBytes;
        if (bytes > Left)
        {
            return new Answer.Refused(Refusal.Full, _message);
        }

        Left -= bytes;
        return null;
    }
}
