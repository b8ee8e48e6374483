using System.Diagnostics;
using System.Text;

namespace Rondo.Cli;

/// <summary>Gives many equal jobs to one executor in one request, and reads how each ended.</summary>
internal sealed class BatchRun(string address, string job, int jobs, int linesPerPart)
{
    private static readonly byte[] Succeeded = "\"state\":\"succeeded\""u8.ToArray();
    private static readonly byte[] Ended = "\"state\":"u8.ToArray();
    private static readonly byte[] Refused = "{\"error\":"u8.ToArray();

    private readonly byte[] _line = new byte[1024 * 1024];
    private int _lineLength;

    /// <summary>Jobs that succeeded.</summary>
    public int Done { get; private set; }

    /// <summary>Jobs that ended otherwise.</summary>
    public int Failed { get; private set; }

    /// <summary>Lines that were refused; the first one's words.</summary>
    public (int Count, string? First) Refusals { get; private set; }

    /// <summary>Jobs that got an id.</summary>
    public int Accepted { get; private set; }

    /// <summary>Runs until every job that was taken has ended.</summary>
    /// <param name="follow">False to hear of the ids alone.</param>
    /// <param name="perSecond">How many are sent a second; 0 for as many as are taken.</param>
    public async Task RunAsync(bool follow, CancellationToken cancellationToken, double perSecond = 0)
    {
        using var connection = await LineConnection.OpenAsync(address, cancellationToken);
        await connection.BeginAsync(follow ? "/v1/jobs:batch?results=true" : "/v1/jobs:batch", cancellationToken);
        var reading = Task.Factory.StartNew(
            () => Read(connection),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );
        var part = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(job + "\n", linesPerPart)));
        var lineBytes = Encoding.UTF8.GetByteCount(job) + 1;
        var clock = Stopwatch.StartNew();
        for (var sent = 0; sent < jobs; sent += linesPerPart)
        {
            if (perSecond > 0 && TimeSpan.FromSeconds(sent / perSecond) - clock.Elapsed is var pause && pause > TimeSpan.Zero)
            {
                await Task.Delay(pause, cancellationToken);
            }

            await connection.SendPartAsync(part.AsMemory(0, Math.Min(linesPerPart, jobs - sent) * lineBytes), cancellationToken);
        }

        await connection.EndAsync(cancellationToken);
        await reading;
    }

    private void Read(LineConnection connection)
    {
        var status = connection.ReadHead();
        if (status != 200)
        {
            throw new IOException($"{address} answered with status {status}");
        }

        ReadOnlySpan<byte> piece;
        while ((piece = connection.ReadBody()).Length > 0)
        {
            int end;
            while ((end = piece.IndexOf((byte)'\n')) >= 0)
            {
                if (_lineLength == 0)
                {
                    Take(piece[..end]);
                }
                else
                {
                    piece[..end].CopyTo(_line.AsSpan(_lineLength));
                    Take(_line.AsSpan(0, _lineLength + end));
                    _lineLength = 0;
                }

                piece = piece[(end + 1)..];
            }

            piece.CopyTo(_line.AsSpan(_lineLength));
            _lineLength += piece.Length;
        }
    }

    private void Take(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith(Refused))
        {
            Refusals = (Refusals.Count + 1, Refusals.First ?? Encoding.UTF8.GetString(line));
        }
        else if (line.IndexOf(Ended) < 0)
        {
            Accepted++;
        }
        else if (line.IndexOf(Succeeded) >= 0)
        {
            Done++;
        }
        else
        {
            Failed++;
        }
    }
}
