using System.Diagnostics;
using System.Threading.Channels;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// A job for every line: lines are read as jobs finish, and outputs are fetched when it is their turn, so that memory holds ids alone.
/// </summary>
internal sealed class MapRun(Session session, Func<string, JobRequest> createJob, int maxInFlight) : IDisposable
{
    /// <summary>How far jobs may finish ahead of the one whose output is due.</summary>
    private const int MaxAhead = 100_000;

    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(maxInFlight);
    private readonly ProgressLine _progress = new(session);
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly CancellationToken _leave = session.Surroundings.Interrupts.Second;
    private readonly CancellationTokenSource _fault = new();
    private int _read;
    private int _finished;
    private int _succeeded;
    private int _failed;
    private int _cancelled;
    private bool _isAllRead;

    public async Task<int> RunAsync(TextReader input)
    {
        var order = Channel.CreateBounded<(int Line, Task<Job?> Job)>(MaxAhead);
        var writing = WriteInOrderAsync(order.Reader);
        try
        {
            await Task.WhenAny(ReadAsync(input, order.Writer), writing).Unwrap();
            await writing;
        }
        catch (OperationCanceledException) when (_leave.IsCancellationRequested)
        {
            _progress.Clear();
            await session.Talk.WriteLineAsync($"rondo: left; {_read - _finished} jobs go on without being watched");
            return ExitCodes.Interrupted;
        }
        finally
        {
            _progress.Clear();
            await _fault.CancelAsync();
        }

        await session.Talk.WriteLineAsync(Summary());
        return session.Interrupted.IsCancellationRequested ? ExitCodes.Cancelled
            : _succeeded == _read ? ExitCodes.Ok
            : ExitCodes.JobFailed;
    }

    public void Dispose()
    {
        _free.Dispose();
        _fault.Dispose();
    }

    private async Task ReadAsync(TextReader input, ChannelWriter<(int, Task<Job?>)> order)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupted, _fault.Token);
        try
        {
            while (true)
            {
                await _free.WaitAsync(stop.Token);
                // Reading a terminal or a pipe cannot be broken off, but it need not be waited for.
                if (await input.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(stop.Token) is not { } line)
                {
                    break;
                }

                Interlocked.Increment(ref _read);
                await order.WriteAsync((_read, RunOneAsync(_read, createJob(line))), stop.Token);
                Draw();
            }
        }
        catch (OperationCanceledException) when (session.Interrupted.IsCancellationRequested)
        {
            _progress.Clear();
            await session.Talk.WriteLineAsync("rondo: cancelling the jobs; Ctrl-C once more leaves without waiting for them");
        }
        finally
        {
            _isAllRead = true;
            order.Complete();
        }
    }

    /// <summary>Null for a job that was not accepted, or never submitted since the command was interrupted first.</summary>
    private async Task<Job?> RunOneAsync(int line, JobRequest request)
    {
        try
        {
            if (await TrySubmitAsync(line, request) is not { } id)
            {
                return null;
            }

            using var wait = CancellationTokenSource.CreateLinkedTokenSource(_leave, _fault.Token);
            await using var cancelling = session.Interrupted.Register(() => _ = CancelAsync(id));
            return Count(await session.Client.WaitAsync(id, timeout: null, wait.Token));
        }
        catch (OperationCanceledException) when (!_leave.IsCancellationRequested && session.Interrupted.IsCancellationRequested)
        {
            return Count(null);
        }
        finally
        {
            _free.Release();
            Draw();
        }
    }

    /// <summary>Null when this line's job was refused, or its fate is unknown: the other lines go on.</summary>
    private async Task<string?> TrySubmitAsync(int line, JobRequest request)
    {
        while (true)
        {
            try
            {
                // Not broken off by the first Ctrl-C: a job that was accepted without its id being known could not be cancelled.
                return await session.Client.SubmitAsync(request, _leave);
            }
            catch (RondoException full) when (full.Type == ProblemTypes.Full)
            {
                await Task.Delay(full.RetryAfter ?? FullPause, session.Interrupted);
            }
            catch (RondoException refusal) when (refusal is not RondoUnreachableException)
            {
                Say($"line {line}: {refusal.Message}");
                Interlocked.Increment(ref _finished);
                Interlocked.Increment(ref _failed);
                return null;
            }
        }
    }

    private async Task CancelAsync(string id)
    {
        try
        {
            await session.Client.CancelAsync(id, _leave);
        }
        catch (RondoException failure)
        {
            Say($"{id} could not be cancelled: {failure.Message}");
        }
        catch (OperationCanceledException)
        {
            // Left by a second Ctrl-C, which has its own words.
        }
    }

    private async Task WriteInOrderAsync(ChannelReader<(int Line, Task<Job?> Job)> order)
    {
        await foreach (var (line, running) in order.ReadAllAsync(_leave))
        {
            if (await running is not { State: not JobState.Cancelled } job)
            {
                continue;
            }

            await WriteAsync(line, job);
            Draw();
        }
    }

    private async Task WriteAsync(int line, Job job)
    {
        var dropped = 0L;
        await RelayAsync(
            session.Surroundings.Output,
            async each =>
            {
                var result = await session.Client.OpenResultAsync(job.Id, each);
                dropped = result.BytesDropped;
                return result.Content;
            }
        );
        if (dropped > 0)
        {
            Say($"line {line}: {job.Id}: the output is cut: {dropped} more bytes were beyond the executor's bound");
        }

        if (job.State != JobState.Succeeded)
        {
            await RelayAsync(
                session.Surroundings.Error,
                each => session.Client.OpenLogsAsync(job.Id, LogStream.Stderr, follow: false, each)
            );
            Say($"line {line}: {job.Id} {JobWords.Ending(job)}");
        }
    }

    private Task RelayAsync(Stream destination, Func<CancellationToken, Task<Stream>> open) =>
        new StreamRelay(destination, open) { BeforeWrite = _progress.Clear }.RunAsync(_leave);

    private Job? Count(Job? job)
    {
        Interlocked.Increment(ref _finished);
        _ = job?.State switch
        {
            JobState.Succeeded => Interlocked.Increment(ref _succeeded),
            JobState.Failed => Interlocked.Increment(ref _failed),
            _ => Interlocked.Increment(ref _cancelled),
        };
        return job;
    }

    private void Say(string text)
    {
        _progress.Clear();
        session.Talk.WriteLine("rondo: " + text);
    }

    private void Draw() =>
        _progress.Draw(() =>
        {
            var ink = session.TalkInk;
            var whole = _isAllRead ? $"{_read}" : $"{_read}+";
            var failed = _failed > 0 ? ink.Red($"  {_failed} failed") : "";
            return $"{ProgressLine.Bar(_finished, _read, 30, ink)}  {_finished}/{whole} finished{failed}  {ink.Dim(Durations.Format(_elapsed.Elapsed))}";
        });

    private string Summary()
    {
        List<string> parts = [$"{_read} jobs", $"{_succeeded} succeeded"];
        if (_failed > 0)
        {
            parts.Add($"{_failed} failed");
        }

        if (_cancelled > 0)
        {
            parts.Add($"{_cancelled} cancelled");
        }

        return $"rondo: {string.Join(", ", parts)} in {Durations.Format(_elapsed.Elapsed)}";
    }
}
