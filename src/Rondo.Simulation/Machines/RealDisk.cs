using Rondo.Core;
using Rondo.Storage;

namespace Rondo.Simulation;

/// <summary>
/// The real store beside the simulated one: what it gives back after each crash must be the same, to the record. The directory should be
/// in memory. A lost commit is one that never came here.
/// </summary>
internal sealed class RealDisk(string directory, ExecutorId id) : IDisposable
{
    private SqliteStore? _store;

    public void Open(Incarnation expected)
    {
        _store = SqliteStore.Open(directory, new StoreOptions { NewId = id });
        Violation.Unless(_store.Incarnation == expected, $"{id} starts as {_store.Incarnation} on the real store");
    }

    public Recovered Load(Recovered expected)
    {
        var recovered = _store!.Load();
        var jobs = recovered.Jobs.Select(records => (IReadOnlyList<Record.OfJob>)[.. records]).ToList();
        var same =
            recovered.MintedEpoch == expected.MintedEpoch
            && recovered.LastNumber == expected.LastNumber
            && recovered.Members.OrderBy(member => member.Id).SequenceEqual(expected.Members)
            && Texts(jobs).SequenceEqual(Texts(expected.Jobs), StringComparer.Ordinal);
        Violation.Unless(
            same,
            $"{id} finds other records on the real store: {string.Join("; ", Texts(jobs).Except(Texts(expected.Jobs), StringComparer.Ordinal).Take(3))}"
        );
        return recovered with { Jobs = jobs };
    }

    public void Commit(IReadOnlyList<Record> records) => _store!.Commit(records);

    public void Dispose()
    {
        _store?.Dispose();
        _store = null;
    }

    private static IEnumerable<string> Texts(IEnumerable<IReadOnlyList<Record.OfJob>> jobs) =>
        jobs.OrderBy(records => records[0].Id).SelectMany(records => records).Select(Text);

    private static string Text(Record.OfJob record) =>
        record switch
        {
            Record.Accepted accepted => $"{Trace.Text(record)} {record.At:O} {Bytes(accepted.Content)}",
            Record.Held held => $"{Trace.Text(record)} {record.At:O} {Bytes(held.Content)}",
            _ => $"{Trace.Text(record)} {record.At:O}",
        };

    private static string Bytes(JobContent content) => $"{Convert.ToHexString(content.Definition.Span)} {content.Size}";
}
