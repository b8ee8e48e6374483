using Rondo.Core;
using Rondo.Storage.Sqlite;

namespace Rondo.Storage.Layout;

/// <summary>Reads what the last start left behind, checks that nothing of it is missing, and notes what the writer needs to go on.</summary>
internal sealed class Recovery(Database database, ExecutorId self, Counters counters)
{
    private ulong _digest;
    private bool _started;

    public Counters Counters { get; } = counters;

    public ActiveJobs Active { get; } = new(self);

    public NamedRows Members { get; } = new(database, "member", static record => (record as Record.MemberKnown)?.Member.Id.ToString());

    public NamedRows Crons { get; } = new(database, "cron", static record => (record as Record.CronKept)?.Cron.Name);

    /// <summary>True once all was read and found whole.</summary>
    public bool IsComplete { get; private set; }

    public Recovered Read()
    {
        var members = Members.Read(out _digest).ConvertAll(record => ((Record.MemberKnown)record).Member);
        var crons = Crons.Read(out var ofCrons).ConvertAll(record => ((Record.CronKept)record).Cron);
        _digest += ofCrons;
        var jobs = ReadActive("SELECT key, id FROM active WHERE key > 0 ORDER BY key");
        var held = ReadActive("SELECT key, id FROM active WHERE key <= 0 ORDER BY key DESC");
        CheckIndex(held);
        jobs.AddRange(held);
        return new Recovered(Counters.MintedEpoch, Counters.LastNumber, members, ReadJobs(jobs)) { Crons = crons, HasKeys = HasKeys() };
    }

    private bool HasKeys()
    {
        using var statement = database.Prepare("SELECT 1 FROM keyed LIMIT 1");
        return statement.Step();
    }

    private List<(long Key, JobId Id)> ReadActive(string sql)
    {
        var jobs = new List<(long, JobId)>();
        using var statement = database.Prepare(sql);
        while (statement.Step())
        {
            var key = statement.Number(0);
            var id = new JobId(self, key);
            if (key <= 0 && (statement.Text(1) is not { } text || !JobId.TryParse(text, out id) || id.Home == self))
            {
                throw StoreException.Damaged(database.File, $"the held job {statement.Text(1)}", "its id cannot be read");
            }

            jobs.Add((key, id));
        }

        return jobs;
    }

    // Readers find a held job by the index on its id.
    private void CheckIndex(IEnumerable<(long Key, JobId Id)> held)
    {
        using var statement = database.Prepare("SELECT key FROM active WHERE id = ?1");
        foreach (var (key, id) in held)
        {
            if (!statement.Bind(1, id.ToString()).Step() || statement.Number(0) != key)
            {
                throw StoreException.Damaged(database.File, $"job {id}", "the index of held jobs does not have it");
            }

            statement.Reset();
        }
    }

    private IEnumerable<IReadOnlyList<Record.OfJob>> ReadJobs(List<(long Key, JobId Id)> jobs)
    {
        if (_started)
        {
            throw new InvalidOperationException("The jobs can be read once.");
        }

        _started = true;
        var rows = new JobRows(database, self);
        var digest = _digest;
        foreach (var (key, id) in jobs)
        {
            var records = rows.Read(key, id, Parts.All, out var ofJob);
            if (records.Count == 0 || (key > 0 && records[^1] is Record.Finished))
            {
                throw StoreException.Damaged(database.File, $"job {id}", "the table of unfinished jobs does not agree with its records");
            }

            digest += ofJob;
            Active.Restore(id, new ActiveJob(key, records.Count, ofJob, Terms(records[0])));
            yield return records;
        }

        if (digest != Counters.Digest)
        {
            throw StoreException.Damaged(database.File, "the table of records", "some that were written are missing");
        }

        IsComplete = true;
    }

    private static JobTerms Terms(Record.OfJob first) =>
        first switch
        {
            Record.Accepted accepted => accepted.Terms,
            Record.Held held => held.Terms,
            _ => throw new System.Diagnostics.UnreachableException(),
        };
}
