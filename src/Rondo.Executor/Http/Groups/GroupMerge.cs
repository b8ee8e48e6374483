using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Http.Groups;

/// <summary>
/// The lines of all homes, each job once. A home that goes away while it is followed is asked again from the beginning when it is back,
/// and one that joins later is followed as well.
/// </summary>
/// <param name="from">Behind which places of the homes to begin, and lines are to say how far they go; null for neither.</param>
internal sealed class GroupMerge(
    string group,
    bool follow,
    GroupJobs jobs,
    RingLookup ring,
    Forwarder forwarder,
    ExecutorId self,
    CancellationToken clientGone,
    GroupPlaces? from = null
) : IDisposable
{
    private const int MaxWaiting = 64;

    // A result is escaped or in Base64, and the job stands before it.
    private const int LineMaxBytes = 8 * GroupJobs.ResultMaxBytes;

    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(300);

    private readonly CancellationTokenSource _ended = CancellationTokenSource.CreateLinkedTokenSource(clientGone);
    private readonly Channel<GroupLine> _lines = Channel.CreateBounded<GroupLine>(MaxWaiting);
    private readonly HashSet<ExecutorId> _homes = [];

    /// <summary>Begins to read from every home.</summary>
    /// <returns>Those that do not answer now.</returns>
    public async Task<IReadOnlyList<ExecutorId>> StartAsync()
    {
        var unreachable = new List<ExecutorId>();
        var reading = new List<Task> { ReadOwnAsync() };
        _homes.Add(self);
        foreach (var executor in (await ring.RingAsync(_ended.Token)).Executors)
        {
            if (_homes.Add(executor.Member.Id))
            {
                if (!await forwarder.AnswersAsync(executor, _ended.Token))
                {
                    unreachable.Add(executor.Member.Id);
                    if (!follow)
                    {
                        continue;
                    }
                }

                reading.Add(ReadAsync(executor.Member.Id));
            }
        }

        if (follow)
        {
            reading.Add(LookForNewHomesAsync());
        }

        _ = CompleteAsync(reading);
        return unreachable;
    }

    /// <summary>The lines as they come; to be read once.</summary>
    public async IAsyncEnumerable<GroupLine> LinesAsync()
    {
        var told = new HashSet<JobId>();
        await foreach (var line in _lines.Reader.ReadAllAsync(_ended.Token))
        {
            if (told.Add(line.Id))
            {
                yield return line;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private async Task CompleteAsync(List<Task> reading)
    {
        try
        {
            await Task.WhenAll(reading);
            _lines.Writer.Complete();
        }
        catch (Exception error)
        {
            _lines.Writer.Complete(error);
        }
    }

    private async Task ReadOwnAsync()
    {
        await foreach (var line in jobs.LinesAsync(group, follow, from?.Of(self), withPlaces: from is not null, _ended.Token))
        {
            await _lines.Writer.WriteAsync(line, _ended.Token);
        }
    }

    private async Task LookForNewHomesAsync()
    {
        using var timer = new PeriodicTimer(LookEvery);
        while (await timer.WaitForNextTickAsync(_ended.Token))
        {
            foreach (var executor in (await ring.RingAsync(_ended.Token)).Executors)
            {
                if (_homes.Add(executor.Member.Id))
                {
                    _ = ReadAsync(executor.Member.Id);
                }
            }
        }
    }

    private async Task ReadAsync(ExecutorId home)
    {
        do
        {
            try
            {
                var member = (await ring.FindAsync(home, "it answers for its jobs", _ended.Token)).Member;
                await ReadOnceAsync(member);
            }
            catch (HttpProblem)
            {
                // It left the ring, or this executor is stopping, which ends the request by itself.
                return;
            }
            catch (Exception error) when (error is HttpRequestException or IOException or InvalidDataException)
            {
                // It went away: what it has told is known, and it is asked again.
            }

            if (follow)
            {
                await Task.Delay(TryAgainAfter, _ended.Token);
            }
        } while (follow);
    }

    private async Task ReadOnceAsync(Member member)
    {
        // Those of an earlier release say no places, and are told of from the beginning after a broken connection.
        var query = (follow ? "local=true&follow=true" : "local=true") + (from is null ? "" : "&places=true");
        query += from?.Of(member.Id) is { } place ? $"&from={place}" : "";
        var uri = new Uri($"http://{member.RingAddress}/v1/groups/{Uri.EscapeDataString(group)}/results?{query}");
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        using var response = await forwarder.SendAsync(request, _ended.Token);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(_ended.Token);
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: LineReader.BlockBytes));
        var lines = new LineReader(pipe, LineMaxBytes);
        while (await lines.ReadAsync(_ended.Token) is { } line)
        {
            byte[] json = [.. line.Bytes.Span, (byte)'\n'];
            await _lines.Writer.WriteAsync(new GroupLine(IdOf(json), json), _ended.Token);
        }
    }

    /// <summary>The id stands first in a line.</summary>
    private static JobId IdOf(ReadOnlySpan<byte> line)
    {
        var json = new Utf8JsonReader(line);
        try
        {
            return json.Read() && json.Read() && json.ValueTextEquals("id"u8) && json.Read() && JobId.TryParse(json.GetString(), out var id)
                ? id
                : throw new InvalidDataException("the line of another executor does not begin with an id");
        }
        catch (JsonException error)
        {
            throw new InvalidDataException("the line of another executor is cut", error);
        }
    }
}
