using System.Globalization;
using System.Net.Sockets;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>What there is to find out about the ring from here.</summary>
internal static class RingChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>Executors tell their time in whole seconds.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(2);

    public static async Task<IReadOnlyList<Finding>> RunAsync(Session session)
    {
        RingStatus ring;
        try
        {
            ring = await session.Client.RingAsync(session.Interrupted);
        }
        catch (RondoException failure)
        {
            return
            [
                Finding.Failed(
                    "ring",
                    failure.Message,
                    $"Start an executor with 'rondo start --data DIR', or say where one is with --addr HOST:PORT or {GlobalOptions.AddressVariable}."
                ),
            ];
        }

        List<Finding> findings = [CheckRing(ring), CheckToken(ring)];
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, ConnectTimeout = Patience }) { Timeout = Patience };
        foreach (var looks in await Task.WhenAll(ring.Executors.Select(executor => CheckExecutorAsync(http, executor, session))))
        {
            findings.AddRange(looks);
        }

        return findings;
    }

    private static Finding CheckRing(RingStatus ring)
    {
        string[] away = [.. ring.Executors.Where(executor => executor.State == "suspected").Select(executor => executor.Id)];
        var found = ring.Executors.Count == 1 ? "1 executor" : $"{ring.Executors.Count} executors";
        return away.Length == 0
            ? Finding.Ok("ring", $"{found}, all there")
            : Finding.Warning(
                "ring",
                $"{found}, not there: {string.Join(", ", away)}",
                $"Start them again on their data directories; for one that will never return: 'rondo node remove {away[0]}'."
            );
    }

    private static Finding CheckToken(RingStatus ring) =>
        ring.Token is { Lap: > 0 } token
            ? Finding.Ok(
                "token",
                $"lap {token.Lap.ToString("N0", CultureInfo.InvariantCulture)}"
                    + (token.LapMs is { } ms ? $", the last one took {ms.ToString("0.0", CultureInfo.InvariantCulture)} ms" : "")
            )
            : Finding.Warning("token", "not seen yet", "In a ring that has just begun this passes; else look at the executors' logs.");

    private static async Task<List<Finding>> CheckExecutorAsync(HttpClient http, RingExecutor executor, Session session)
    {
        var called = executor.Name is { Length: > 0 } name ? $"{executor.Id} ({name})" : executor.Id;
        List<Finding> findings = [];
        var before = session.Surroundings.Clock.GetUtcNow();
        try
        {
            using var response = await http.GetAsync(new Uri($"http://{executor.Address}/v1/ring"), session.Interrupted);
            var after = session.Surroundings.Clock.GetUtcNow();
            findings.Add(Finding.Ok($"{called} HTTP", $"{executor.Address} answers after {Durations.Format(after - before)}"));
            findings.Add(CheckVersion(called, response));
            findings.Add(CheckClock(called, response.Headers.Date, before, after));
        }
        catch (Exception failure)
            when (failure is HttpRequestException or TaskCanceledException or UriFormatException
                && !session.Interrupted.IsCancellationRequested
            )
        {
            findings.Add(
                Finding.Failed(
                    $"{called} HTTP",
                    $"{executor.Address} does not answer here: {Reason(failure)}",
                    "If it runs, start it with --advertise HOST:PORT as clients reach it, and let that port through firewalls."
                )
            );
        }

        findings.Add(await CheckRingPortAsync(called, executor, session));
        return findings;
    }

    private static Finding CheckVersion(string called, HttpResponseMessage response)
    {
        var version = response.Headers.TryGetValues("Rondo-Version", out var values) ? values.First() : null;
        return version is null
                ? Finding.Warning(
                    $"{called} version",
                    "older than this program",
                    "Update it when it suits: a ring may be upgraded one executor at a time."
                )
            : version == Versions.Own ? Finding.Ok($"{called} version", version)
            : Finding.Warning(
                $"{called} version",
                $"{version}, this program is {Versions.Own}",
                "Finish the upgrade when it suits: newer options need newer executors."
            );
    }

    private static Finding CheckClock(string called, DateTimeOffset? told, DateTimeOffset before, DateTimeOffset after)
    {
        if (told is not { } time)
        {
            return Finding.Warning(
                $"{called} clock",
                "it does not tell its time",
                "Something between here and there takes the Date header away."
            );
        }

        var early = before - time - TimeSpan.FromSeconds(1);
        var late = time - after;
        var off = early > late ? early : late;
        return off <= ClockTolerance
            ? Finding.Ok($"{called} clock", "as this machine's, to the second")
            : Finding.Warning(
                $"{called} clock",
                $"{Durations.Format(off)} {(early > late ? "behind" : "ahead of")} this machine's",
                "Start times, crons and ages follow each machine's own clock: let NTP set them (timedatectl set-ntp true)."
            );
    }

    private static async Task<Finding> CheckRingPortAsync(string called, RingExecutor executor, Session session)
    {
        var check = $"{called} ring port";
        var colon = executor.RingAddress?.LastIndexOf(':') ?? -1;
        if (
            colon <= 0
            || !int.TryParse(executor.RingAddress![(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
        )
        {
            return Finding.Failed(check, $"'{executor.RingAddress}' is no address", "Start it with --advertise-ring HOST:PORT.");
        }

        using var socket = new TcpClient();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupted);
        limit.CancelAfter(Patience);
        try
        {
            await socket.ConnectAsync(executor.RingAddress[..colon].Trim('[', ']'), port, limit.Token);
            return Finding.Ok(check, $"{executor.RingAddress} is open");
        }
        catch (Exception failure)
            when (failure is SocketException or OperationCanceledException && !session.Interrupted.IsCancellationRequested)
        {
            return Finding.Warning(
                check,
                $"{executor.RingAddress} cannot be reached from here: {Reason(failure)}",
                "Executors need it, clients do not: run 'rondo doctor' on the executors' machines too, or use --advertise-ring."
            );
        }
    }

    private static string Reason(Exception failure) =>
        failure switch
        {
            OperationCanceledException => "no answer in time",
            HttpRequestException { InnerException: SocketException inner } => inner.Message,
            _ => failure.Message,
        };
}
