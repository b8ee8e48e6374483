using System.Diagnostics;
using System.Threading.Channels;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// A job for every line: lines are read as jobs finish, and outputs are fetched when it is their turn, so that memory holds ids alone.
/// </summary>
internal sealed class MapRun(Session session, MapPlan plan) : IDisposable
{
    /// <summary>How far jobs may finish ahead of the one whose output is due.</summary>
    private const int MaxAhead = 100_000;

    private static readonly TimeSpan FullPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _free = new(plan.MaxInFlight);
    private readonly MapProgress _progress = new(session);
    private readonly MapTally _tally = new();
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private readonly CancellationToken _leave = session.Surroundings.Interrupts.Second;
    private readonly CancellationTokenSource _fault = new();
    private readonly bool _isJson = session.Format is OutputFormat.Json or OutputFormat.JsonLines;
    private readonly JsonSink _json = new(session, isMany: true);
    private Task _groupCancelled = Task.CompletedTask;

    /// <summary>No more lines, by the rule for failures.</summary>
    private readonly CancellationTokenSource _halt = new();

    /// <summary>Ends the jobs: Ctrl-C, or the rule for failures.</summary>
    private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupted);

    public async Task<int> RunAsync(MapInput input)
    {
        var order = Channel.CreateBounded<MapJob>(MaxAhead);
        var writing = WriteInOrderAsync(order.Reader);
        await using var cancelling = _cancel.Token.Register(() =>
            _groupCancelled = plan.HasOwnGroup ? CancelGroupAsync() : Task.CompletedTask
        );
        await using var telling = session.Interrupted.Register(() =>
            _progress.Say("cancelling the jobs; Ctrl-C once more leaves without waiting for them")
        );
        try
        {
            await Task.WhenAny(ReadAsync(input, order.Writer), writing).Unwrap();
            await writing;
            await _groupCancelled;
            if (_isJson)
            {
                _json.Finish();
            }
        }
        catch (OperationCanceledException) when (_leave.IsCancellationRequested)
        {
            await _progress.DisposeAsync();
            await session.Talk.WriteLineAsync(
                $"rondo: left; {_tally.Read - _tally.Skipped - _tally.Finished} jobs go on without being watched"
            );
            return ExitCodes.Interrupted;
        }
        finally
        {
            await _fault.CancelAsync();
            await _progress.DisposeAsync();
        }

        await session.Talk.WriteLineAsync("rondo: " + _tally.ToText(_elapsed.Elapsed));
        return session.Interrupted.IsCancellationRequested ? ExitCodes.Cancelled
            : _tally.Succeeded + _tally.Skipped == _tally.Read && !_halt.IsCancellationRequested ? ExitCodes.Ok
            : ExitCodes.JobFailed;
    }

    public void Dispose()
    {
        _free.Dispose();
        _fault.Dispose();
        _halt.Dispose();
        _cancel.Dispose();
    }

    private async Task ReadAsync(MapInput input, ChannelWriter<MapJob> order)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(_cancel.Token, _fault.Token, _halt.Token);
        using var left = CancellationTokenSource.CreateLinkedTokenSource(_leave, _fault.Token);
        try
        {
            while (true)
            {
                await _free.WaitAsync(stop.Token);
                // What was just cancelled may have made room before this has been told to stop.
                _cancel.Token.ThrowIfCancellationRequested();
                // Reading a terminal or a pipe cannot be broken off, but it need not be waited for.
                if (await input.ReadAsync().WaitAsync(stop.Token) is not { } text)
                {
                    break;
                }

                var number = ++_tally.Read;
                var line = new MapLine(number, plan.Command.Fill(text, number));
                if (plan.Log?.IsDone(number, line.Command) == true)
                {
                    _tally.Skipped++;
                    _free.Release();
                    continue;
                }

                var id = TrySubmitAsync(line);
                // Also when the halt came meanwhile: it is handed in, and belongs to those that are waited for.
                await order.WriteAsync(new MapJob(line, id, RunOneAsync(line, id)), left.Token);
                Show();
            }
        }
        catch (OperationCanceledException) when (session.Interrupted.IsCancellationRequested || _halt.IsCancellationRequested)
        {
            // No more lines.
        }
        finally
        {
            _tally.IsAllRead = true;
            order.Complete();
            Show();
        }
    }

    /// <summary>Null for a job that was not accepted, is not known any more, or was never submitted since the command was interrupted first.</summary>
    private async Task<Job?> RunOneAsync(MapLine line, Task<string?> submitted)
    {
        string? id = null;
        try
        {
            id = await submitted;
            if (id is null)
            {
                return null;
            }

            using var wait = CancellationTokenSource.CreateLinkedTokenSource(_leave, _fault.Token);
            var isLate = _cancel.IsCancellationRequested;
            await using var cancelling = _cancel.Token.Register(() =>
                _ = plan.HasOwnGroup && !isLate ? Task.CompletedTask : CancelAsync(id)
            );
            var job = await JobWaits.WaitAsync(session, id, timeout: null, _progress.OutageNote, wait.Token);
            _tally.Add(job.State);
            return job;
        }
        catch (OperationCanceledException) when (!_leave.IsCancellationRequested && _cancel.IsCancellationRequested)
        {
            _tally.Add(state: null);
            return null;
        }
        catch (RondoException lost) when (id is not null && IsLost(lost))
        {
            _progress.Say($"line {line.Number}: what became of {id} is not known: {lost.Message}");
            _tally.Add(JobState.Failed);
            return null;
        }
        catch (RondoException) when (id is null)
        {
            // Nobody takes jobs any more, which ends the command: lines that are read until then would be lost.
            await _halt.CancelAsync();
            throw;
        }
        finally
        {
            await HaltIfTooManyFailedAsync();
            _free.Release();
            Show();
        }
    }

    /// <summary>It concerns this one job, whatever becomes of the others: it is not kept any more, or what is kept is damaged.</summary>
    private static bool IsLost(RondoException failure) => failure.Type is ProblemTypes.NotFound or ProblemTypes.Damaged;

    private async Task HaltIfTooManyFailedAsync()
    {
        if (_tally.Failed < plan.Halt.Failures)
        {
            return;
        }

        if (!_halt.IsCancellationRequested)
        {
            TellOfHalt();
        }

        await _halt.CancelAsync();
        if (plan.Halt.IsNow)
        {
            await _cancel.CancelAsync();
        }
    }

    private void TellOfHalt()
    {
        if (plan.Halt.IsNow && !(_tally.IsAllRead && _tally.Finished + _tally.Skipped == _tally.Read))
        {
            _progress.Say("a job failed: cancelling the others (--halt now)");
        }
        else if (!plan.Halt.IsNow && !_tally.IsAllRead)
        {
            _progress.Say("a job failed: starting no more (--halt soon)");
        }
    }

    /// <summary>Null when this line's job was refused, or its fate is unknown: the other lines go on.</summary>
    private async Task<string?> TrySubmitAsync(MapLine line)
    {
        try
        {
            return await SubmitAsync(line);
        }
        catch (RondoException refusal)
            when (refusal is not RondoUnreachableException && refusal.Type != ProblemTypes.Draining && !_fault.IsCancellationRequested)
        {
            _progress.Say($"line {line.Number}: {refusal.Message}");
            _tally.Add(JobState.Failed);
            return null;
        }
    }

    /// <summary>Goes on through an outage: nobody has accepted the job then. One that may have been accepted is not handed in again.</summary>
    private async Task<string> SubmitAsync(MapLine line)
    {
        var outage = new Outage(_progress.OutageNote);
        while (true)
        {
            try
            {
                // Not broken off by the first Ctrl-C: a job that was accepted without its id being known could not be cancelled.
                return await session.Client.SubmitAsync(plan.JobOf(line), _leave);
            }
            catch (RondoException full) when (full.Type == ProblemTypes.Full)
            {
                outage.End();
                await Task.Delay(full.RetryAfter ?? FullPause, _cancel.Token);
            }
            catch (RondoException failure) when (Outage.Is(failure))
            {
                await outage.BearAsync(failure, most: null, _cancel.Token);
            }
        }
    }

    /// <summary>One request for all jobs, however many. Those that are taken in behind it are cancelled one by one.</summary>
    private async Task CancelGroupAsync()
    {
        try
        {
            var cancelled = await session.Client.CancelGroupAsync(plan.Job.Group!, _leave);
            if (cancelled.Unreachable is { Count: > 0 } unreachable)
            {
                _progress.Say(
                    $"jobs at {string.Join(", ", unreachable)} could not be cancelled: try 'rondo job cancel --group {plan.Job.Group}' once they are back"
                );
            }
        }
        catch (RondoException failure)
        {
            _progress.Say($"the jobs could not be cancelled: {failure.Message}");
        }
        catch (OperationCanceledException)
        {
            // Left by a second Ctrl-C, which has its own words.
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
            _progress.Say($"{id} could not be cancelled: {failure.Message}");
        }
        catch (OperationCanceledException)
        {
            // Left by a second Ctrl-C, which has its own words.
        }
    }

    private async Task WriteInOrderAsync(ChannelReader<MapJob> order)
    {
        var note = new WaitNote(session, _progress.Say);
        await foreach (var (line, submitted, running) in order.ReadAllAsync(_leave))
        {
            await ((Task)submitted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var ended = submitted is { IsCompletedSuccessfully: true, Result: { } id } ? note.WhileAsync(id, running) : running;
            if (await ended is not { State: not JobState.Cancelled } job)
            {
                continue;
            }

            try
            {
                var received = await WriteAsync(line, job);
                plan.Log?.Write(line.Number, line.Command, job, received);
            }
            catch (RondoException lost) when (IsLost(lost))
            {
                _progress.Say($"line {line.Number}: what {job.Id} wrote is not to be had, it {JobWords.Ending(job)}: {lost.Message}");
                _tally.Lose(job.State);
                await HaltIfTooManyFailedAsync();
            }

            Show();
        }
    }

    /// <returns>How many bytes the job wrote to its standard output.</returns>
    private async Task<long> WriteAsync(MapLine line, Job job)
    {
        if (_isJson)
        {
            return await WriteJsonAsync(line, job);
        }

        var dropped = 0L;
        var received = await new StreamRelay(
            _progress.Output,
            async each =>
            {
                var result = await session.Client.OpenResultAsync(job.Id, each);
                dropped = result.BytesDropped;
                return result.Content;
            },
            _progress.OutageNote
        ).RunAsync(_leave);
        if (dropped > 0)
        {
            _progress.Say($"line {line.Number}: {CutOutput.Text($"the output of {job.Id}", dropped)}");
        }

        await TellFailureAsync(line, job);
        return received + dropped;
    }

    private async Task<long> WriteJsonAsync(MapLine line, Job job)
    {
        var record = await JobRecord.ReadAsync(session, job.Id, line.Number, _leave);
        await _json.AddAsync(() => record.WriteAsync(session, _leave));
        await session.Out.FlushAsync(_leave);
        await TellFailureAsync(line, job);
        return record.WrittenBytes;
    }

    private async Task TellFailureAsync(MapLine line, Job job)
    {
        if (job.State != JobState.Succeeded)
        {
            await new StreamRelay(
                _progress.Error,
                each => session.Client.OpenLogsAsync(job.Id, LogStream.Stderr, follow: false, each),
                _progress.OutageNote
            ).RunAsync(_leave);
            foreach (var cut in CutOutput.Of(job, LogStream.Stderr))
            {
                _progress.Say($"line {line.Number}: {cut}");
            }

            _progress.Say($"line {line.Number}: {job.Id} {JobWords.Ending(job)}");
        }
    }

    private void Show() => _progress.Show(_tally.Finished, _tally.Read - _tally.Skipped, _tally.IsAllRead, _tally.Failed);
}
