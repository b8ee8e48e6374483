using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Http.Groups;

/// <summary>
/// The lines of all homes, each job once. A home that goes away while it is followed is asked again from the beginning when it is back,
/// and one that joins later is followed as well. When none is followed, one that breaks off makes the whole fail: it would look complete.
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
    private readonly ConcurrentDictionary<ExecutorId, bool> _homes = [];

    /// <summary>Those that are being read.</summary>
    public IEnumerable<ExecutorId> Homes => _homes.Keys;

    /// <summary>Begins to read from every home.</summary>
    /// <returns>Those that do not answer now.</returns>
    public async Task<IReadOnlyList<ExecutorId>> StartAsync()
    {
        var unreachable = new List<ExecutorId>();
        var reading = new List<Task> { ReadOwnAsync() };
        _homes[self] = true;
        foreach (var executor in (await ring.RingAsync(_ended.Token)).Executors)
        {
            if (_homes.TryAdd(executor.Member.Id, true))
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
            await foreach (var home in Task.WhenEach(reading))
            {
                // The first failure is told: what is followed goes on for ever otherwise.
                await home;
            }

            _lines.Writer.Complete();
        }
        catch (Exception error)
        {
            _lines.Writer.Complete(error);
        }
    }

    private async Task ReadOwnAsync()
    {
        while (true)
        {
            try
            {
                await foreach (var line in jobs.LinesAsync(group, follow, from?.Of(self), withPlaces: from is not null, _ended.Token))
                {
                    await _lines.Writer.WriteAsync(line, _ended.Token);
                }

                return;
            }
            catch (HttpProblem problem) when (IsPassing(problem))
            {
                await Task.Delay(TryAgainAfter, _ended.Token);
            }
        }
    }

    private async Task LookForNewHomesAsync()
    {
        using var timer = new PeriodicTimer(LookEvery);
        while (await timer.WaitForNextTickAsync(_ended.Token))
        {
            try
            {
                foreach (var executor in (await ring.RingAsync(_ended.Token)).Executors)
                {
                    if (_homes.TryAdd(executor.Member.Id, true))
                    {
                        _ = ReadAsync(executor.Member.Id);
                    }
                }
            }
            catch (HttpProblem problem) when (IsPassing(problem))
            {
                // The next look will do.
            }
        }
    }

    /// <summary>True when this executor is overfull for a moment, which ends nothing that is followed.</summary>
    private bool IsPassing(HttpProblem problem) => follow && problem.Status == StatusCodes.Status429TooManyRequests;

    private async Task ReadAsync(ExecutorId home)
    {
        try
        {
            while (await ReadOnceAsync(home) && follow)
            {
                await Task.Delay(TryAgainAfter, _ended.Token);
            }
        }
        finally
        {
            // It may come back.
            _homes.TryRemove(home, out _);
        }
    }

    /// <summary>Reads what a home says until it ends; false when it has left the ring.</summary>
    private async Task<bool> ReadOnceAsync(ExecutorId home)
    {
        try
        {
            await ReadOnceAsync((await ring.FindAsync(home, "it answers for its jobs", _ended.Token)).Member);
            return true;
        }
        catch (HttpProblem problem) when (problem.Status == StatusCodes.Status404NotFound)
        {
            return false;
        }
        catch (HttpProblem problem) when (IsPassing(problem))
        {
            return true;
        }
        catch (Exception error) when (follow && error is HttpRequestException or IOException or InvalidDataException)
        {
            // It went away: what it has told is known, and it is asked again.
            return true;
        }
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
