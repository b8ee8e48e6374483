using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rondo.Core;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Loop;
using Rondo.Wire;

namespace Rondo.Executor.Crons;

/// <summary>
/// Hands in the jobs of the crons that belong here when their time comes, and hands over those that belong to another executor since
/// that one is there. Copies of others' crons do not fire (see <see cref="CronCopies"/>).
/// </summary>
/// <remarks>
/// A firing has an idempotency key made of the cron's name and the scheduled time, and only then is that time noted as done with: a crash
/// in between hands in nothing twice.
/// </remarks>
internal sealed class CronClock(
    ExecutorLoop loop,
    CronJobs crons,
    CronCopies copies,
    Forwarder forwarder,
    ExecutorId self,
    TimeProvider time,
    ILogger<CronClock> logger
) : IAsyncDisposable
{
    /// <summary>The longest that it sleeps: the clock may be set, and the ring may change.</summary>
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private Task _work = Task.CompletedTask;

    /// <summary>Begins to fire.</summary>
    public void Start() => _work = Task.Run(WorkAsync);

    /// <summary>Something changed: the next time is to be worked out anew.</summary>
    public void Wake()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // It will look anyway.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _work;
        _stopping.Dispose();
        _changed.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            await OrLaterAsync(
                "Crons",
                async () =>
                {
                    await copies.CatchUpAsync(_stopping.Token);
                    return TimeSpan.Zero;
                }
            );
            while (true)
            {
                await SleepAsync(await LookAsync());
            }
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // The executor stops.
        }
    }

    private async Task SleepAsync(TimeSpan left)
    {
        using var sleep = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        var woken = _changed.WaitAsync(sleep.Token);
        var slept = Task.Delay(left, time, sleep.Token);
        await Task.WhenAny(woken, slept);
        await sleep.CancelAsync();
        _stopping.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Does what is due; tells how long until there may be something again.</summary>
    private Task<TimeSpan> LookAsync() =>
        OrLaterAsync(
            "Crons",
            async () =>
            {
                var left = await OrLaterAsync("Copies of crons", () => copies.RenewAsync(_stopping.Token));
                foreach (var (cron, owner) in await crons.AllAsync(_stopping.Token))
                {
                    if (cron.CopyOf is not null)
                    {
                        continue;
                    }

                    var next = await OrLaterAsync(
                        $"Cron {cron.Name}",
                        () => owner.Id == self ? FireAsync(cron) : HandOverAsync(cron, owner)
                    );
                    left = next < left ? next : left;
                }

                return left > TimeSpan.Zero ? left : TimeSpan.Zero;
            }
        );

    /// <summary>
    /// The executor is full or stops, or one cron has a job that this release refuses, or something fails that nobody thought of: no other one
    /// waits for that, and the clock goes on.
    /// </summary>
    private async Task<TimeSpan> OrLaterAsync(string who, Func<Task<TimeSpan>> look)
    {
        try
        {
            return await look();
        }
        catch (HttpProblem problem)
        {
            CronLog.Waits(logger, who, problem.Message);
            return TryAgainAfter;
        }
        catch (Exception error) when (!_stopping.IsCancellationRequested)
        {
            CronLog.Failed(logger, who, error);
            return TryAgainAfter;
        }
    }

    private async Task<TimeSpan> FireAsync(Cron cron)
    {
        var definition = CronDefinition.Read(cron.Name, cron.Definition).InBounds();
        var firing = Firing.Decide(definition.Schedule, definition.Missed, cron.Through, time.GetUtcNow());
        foreach (var scheduled in firing.Times)
        {
            if (await SubmitAsync(cron, definition, scheduled) is not { } job)
            {
                return TryAgainAfter;
            }

            cron = cron with { Through = scheduled, FiredFor = scheduled, LastJob = job };
            await crons.AdvanceAsync(cron, _stopping.Token);
        }

        if (firing.Through > cron.Through)
        {
            CronLog.LeftOut(logger, cron.Name, cron.Through, firing.Through);
            await crons.AdvanceAsync(cron with { Through = firing.Through }, _stopping.Token);
        }

        return firing.Next is { } next ? next - time.GetUtcNow() : LongestSleep;
    }

    /// <summary>Hands in the job of one scheduled time; null when that has to be tried again.</summary>
    private async Task<JobId?> SubmitAsync(Cron cron, CronDefinition definition, DateTimeOffset scheduled)
    {
        var key = $"cron:{cron.Name}:{scheduled.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}";
        var request = JobRequestReader.Read(definition.Job.Span);
        request.IdempotencyKey = key;
        var content = request.ToContent();
        var terms = request.ToTerms().WithDigest(content);
        switch (await loop.AskAsync(id => new Input.Submit(id, terms, content) { AtHome = true }, _stopping.Token))
        {
            case Answer.Submitted submitted:
                return submitted.Id;
            case Answer.Elsewhere elsewhere:
                return await SubmitAsync(elsewhere.Owner, cron, key, definition);
            case Answer.Refused refused:
                CronLog.NotFired(logger, cron.Name, scheduled, refused.Message);
                return null;
            case Answer.Unreachable unreachable:
                CronLog.NotFired(logger, cron.Name, scheduled, unreachable.Message);
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    /// <summary>A cap on how many may run gives the job another home.</summary>
    private async Task<JobId?> SubmitAsync(Member owner, Cron cron, string key, CronDefinition definition)
    {
        // The job is an object that was checked: the key becomes its first field.
        var job = definition.Job;
        byte[] body =
        [
            .. "{\"idempotencyKey\":"u8,
            .. JsonSerializer.SerializeToUtf8Bytes(key, HttpJson.Plain.String),
            .. ","u8,
            .. job.Span[(job.Span.IndexOf((byte)'{') + 1)..],
        ];
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"http://{owner.RingAddress}/v1/jobs"))
        {
            Content = new ByteArrayContent(body),
        };
        JobId? taken = null;
        await TrySendAsync(request, cron, async (response, patience) => taken = await ReadIdAsync(response, patience));
        return taken;
    }

    private static async Task<JobId> ReadIdAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var answer = await response.Content.ReadAsStreamAsync(cancellationToken);
        var submitted = await JsonSerializer.DeserializeAsync(answer, HttpJson.Plain.SubmittedDocument, cancellationToken);
        return JobId.TryParse(submitted?.Id, out var id) ? id : throw new JsonException("its answer has no id of a job");
    }

    /// <summary>The cron belongs to another executor: it is kept there before it is forgotten here, and not fired here any more.</summary>
    private async Task<TimeSpan> HandOverAsync(Cron cron, Member owner)
    {
        if (!await crons.HandOverAsync(cron.Name, () => GiveAsync(cron, owner), _stopping.Token))
        {
            return TryAgainAfter;
        }

        CronLog.HandedOver(logger, cron.Name, owner.Id);
        return LongestSleep;
    }

    private async Task<bool> GiveAsync(Cron cron, Member owner)
    {
        var uri = new Uri($"http://{owner.RingAddress}/v1/crons/{Uri.EscapeDataString(cron.Name)}:take");
        using var request = new HttpRequestMessage(HttpMethod.Post, uri)
        {
            Content = new ByteArrayContent(RecordCodec.Encode(new Record.CronKept(cron))),
        };
        return await TrySendAsync(request, cron, static (_, _) => Task.CompletedTask);
    }

    /// <summary>True when the other executor did it, and its answer could be read.</summary>
    private async Task<bool> TrySendAsync(HttpRequestMessage request, Cron cron, Func<HttpResponseMessage, CancellationToken, Task> read)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        patience.CancelAfter(PeerPatience);
        try
        {
            using var response = await forwarder.SendAsync(request, patience.Token);
            if (!response.IsSuccessStatusCode)
            {
                CronLog.NotTaken(logger, cron.Name, request.RequestUri!.Authority, $"it answered {(int)response.StatusCode}");
                return false;
            }

            await read(response, patience.Token);
            return true;
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or JsonException
                || (error is OperationCanceledException && !_stopping.IsCancellationRequested)
            )
        {
            CronLog.NotTaken(logger, cron.Name, request.RequestUri!.Authority, error.Message);
            return false;
        }
    }
}
