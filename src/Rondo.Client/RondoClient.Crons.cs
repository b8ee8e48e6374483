using System.Text.Json;

namespace Rondo.Client;

public sealed partial class RondoClient
{
    /// <summary>Keeps a cron under a name, in the place of one that has it already.</summary>
    /// <param name="name">1 to 100 printable characters.</param>
    /// <param name="cron">When, and what.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RondoException">It is not right, among others.</exception>
    /// <exception cref="ArgumentException">The input of its job is a stream.</exception>
    public async Task<Cron> PutCronAsync(string name, CronRequest cron, CancellationToken cancellationToken = default)
    {
        if (cron.Job.HasStream)
        {
            throw new ArgumentException("the input of a cron's job is kept with the cron: give it as bytes, not as a stream", nameof(cron));
        }

        var body = JsonSerializer.SerializeToUtf8Bytes(cron, RequestJson.Default.CronRequest);
        using var response = await _sender.RepeatableAsync(
            HttpMethod.Put,
            CronPath(name),
            () => JobLines.Content(body, "application/json"),
            default,
            cancellationToken
        );
        return await Answers.ReadAsync(response, ClientJson.Default.Cron, cancellationToken);
    }

    /// <summary>A cron, with the time of its next and its last firing.</summary>
    public async Task<Cron> GetCronAsync(string name, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync(CronPath(name), default, cancellationToken);
        return await Answers.ReadAsync(response, ClientJson.Default.Cron, cancellationToken);
    }

    /// <summary>The crons of the whole ring, by name.</summary>
    public async Task<CronList> ListCronsAsync(CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync("v1/crons", default, cancellationToken);
        return await Answers.ReadAsync(response, ClientJson.Default.CronList, cancellationToken);
    }

    /// <summary>Forgets a cron; jobs that it handed in go on.</summary>
    /// <returns>False when there was none of this name.</returns>
    public async Task<bool> DeleteCronAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            (await _sender.RepeatableAsync(HttpMethod.Delete, CronPath(name), null, default, cancellationToken)).Dispose();
            return true;
        }
        catch (RondoException refusal) when (refusal.Type == ProblemTypes.NotFound)
        {
            return false;
        }
    }

    private static string CronPath(string name) => "v1/crons/" + Uri.EscapeDataString(name);
}
