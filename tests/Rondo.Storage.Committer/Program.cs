using Rondo.Core;
using Rondo.Storage;

// Commits jobs into the store of a data directory until it is killed. Each line says what is durable: the last number accepted, and the
// number up to which all even ones are finished.
var options = new StoreOptions
{
    JournalFileBytes = 1,
    WriteBehindBytes = 100_000,
    PendingMaxBytes = 400_000,
    CheckpointBytes = 200_000,
    LogMaxBytes = 1_000_000,
};
using var store = SqliteStore.Open(args[0], options);
var recovered = store.Load();
Finish(recovered.Jobs.Select(records => records[0].Id).ToArray());

var terms = new JobTerms { Kind = JobKind.Command, Summary = "true" };
var content = new JobContent("{\"command\":[\"true\"]}"u8.ToArray(), new byte[5_000]);
for (var first = recovered.LastNumber + 1; ; first += 8)
{
    var ids = Enumerable.Range(0, 8).Select(i => new JobId(store.Id, first + i)).ToArray();
    store.Commit([.. ids.Select(id => new Record.Accepted(id, DateTimeOffset.UnixEpoch, terms, content))]);
    Console.WriteLine($"accepted {ids[^1].Number}");
    Finish(ids);
    Console.WriteLine($"finished {ids[^1].Number}");
}

void Finish(JobId[] ids) =>
    store.Commit([
        .. ids.Where(id => id.Number % 2 == 0)
            .Select(id => new Record.Finished(
                id,
                DateTimeOffset.UnixEpoch,
                store.Id,
                new Attempt(1),
                0,
                null,
                new Outcome { End = JobEnd.Succeeded }
            )),
    ]);
