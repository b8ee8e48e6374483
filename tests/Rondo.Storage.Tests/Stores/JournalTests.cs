using System.Buffers;
using System.Runtime.InteropServices;
using Xunit;

namespace Rondo.Storage.Tests.Stores;

/// <summary>A commit is in the journal alone until the tables have it: what a crash, a torn write or a flipped byte does to it.</summary>
public sealed class JournalTests
{
    private const int Commits = 6;

    [Fact]
    public void Crash_BeforeTheTablesHaveAnything_LosesNothing()
    {
        const int seed = 4712;
        var random = new Random(seed);
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        var model = new Model(Samples.Self);
        var jobs = new RandomJobs(random);
        for (var start = 0; start < 15; start++)
        {
            using (var store = directory.OpenLoaded(StoreDirectory.JournalOnly))
            {
                for (var commit = 0; commit < 8; commit++)
                {
                    var records = Enumerable.Range(0, random.Next(1, 30)).Select(_ => jobs.Next()).ToArray();
                    store.Commit(records);
                    Array.ForEach(records, model.Apply);
                    if (random.Next(4) == 0)
                    {
                        store.Flush();
                    }
                }

                AssertHas(model, store);
                directory.CopyTo(crashed);
            }

            using (var recovered = crashed.OpenLoaded(out var unfinished))
            {
                Assert.Equal(model.Unfinished.Keys.Order(), unfinished.Keys.Order());
                AssertHas(model, recovered);
            }

            // Every second life goes on from what the crash left.
            if (start % 2 == 0)
            {
                crashed.CopyTo(directory);
            }
        }
    }

    [Fact]
    public void LastCommit_TornAtEveryByte_IsCutAndNothingElse()
    {
        using var crashed = new StoreDirectory();
        var whole = CrashAfter(Commits, crashed, out var ends);
        for (var cut = ends[^2]; cut <= ends[^1]; cut++)
        {
            var torn = (byte[])whole.Clone();
            torn.AsSpan(cut..).Clear();

            // The zeros behind the last record are as good as the zeros that a cut leaves.
            var complete = torn.AsSpan().SequenceEqual(whole);
            Assert.Equal(complete ? Commits : Commits - 1, Recovered(crashed, torn));
        }
    }

    [Fact]
    public void LastCommit_TornOverAnEarlierUseOfTheFile_IsCut()
    {
        using var crashed = new StoreDirectory();
        var whole = CrashAfter(Commits, crashed, out var ends, inTables: 1);
        var random = new Random(3);
        for (var cut = ends[^2]; cut < ends[^1]; cut += 7)
        {
            // What was there before: bytes of anything, and an earlier commit of this very journal.
            var torn = (byte[])whole.Clone();
            random.NextBytes(torn.AsSpan(cut, ends[^1] - cut + 500));
            whole.AsSpan(0, ends[0]).CopyTo(torn.AsSpan(ends[^1] + 504));
            Assert.Equal(Commits - 1, Recovered(crashed, torn));
        }
    }

    [Fact]
    public void FlippedByte_BeforeTheLastCommit_IsRefusedWithAdvice()
    {
        using var crashed = new StoreDirectory();
        var whole = CrashAfter(3, crashed, out var ends);
        for (var at = 0; at < ends[^2]; at++)
        {
            var flipped = (byte[])whole.Clone();
            flipped[at] ^= 0x10;
            if (IsPadding(whole, ends, at))
            {
                continue;
            }

            var damaged = Assert.Throws<StoreException>(() => Recovered(crashed, flipped));
            Assert.Equal(StoreFailure.Damaged, damaged.Kind);
            Assert.Contains(Path.Combine(crashed.Path, "journal"), damaged.Message, StringComparison.Ordinal);
            Assert.Contains("backup", damaged.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Journal_ThatIsMissing_IsRefused()
    {
        using var crashed = new StoreDirectory();
        CrashAfter(Commits, crashed, out _);
        File.Delete(crashed.Journal);
        Assert.Equal(StoreFailure.Damaged, Assert.Throws<StoreException>(() => crashed.Open()).Kind);
    }

    [Fact]
    public void Journal_WithAMissingFile_IsRefused()
    {
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        using (var store = directory.OpenLoaded(StoreDirectory.JournalOnly))
        {
            for (var n = 1; n <= 60; n++)
            {
                store.Commit([Lives.Accepted(n, Lives.Content(100_000))]);
            }

            directory.CopyTo(crashed);
        }

        using (var whole = new StoreDirectory())
        {
            crashed.CopyTo(whole);
            whole.OpenLoaded(out var jobs).Dispose();
            Assert.Equal(60, jobs.Count);
        }

        Assert.True(Directory.GetFiles(crashed.Path, "journal.*").Length > 2);
        File.Delete(Path.Combine(crashed.Path, "journal.1"));
        Assert.Equal(StoreFailure.Damaged, Assert.Throws<StoreException>(() => crashed.Open()).Kind);
    }

    [Fact]
    public void Journal_OfAnotherTime_IsLeftAloneByARestoredBackup()
    {
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        CrashAfter(Commits, crashed, out _);
        using (var store = directory.OpenLoaded())
        {
            store.Commit([Lives.Accepted(1)]);
            File.Delete(crashed.File);
            File.Delete(crashed.File + "-wal");
            store.Backup(crashed.File);
        }

        crashed.OpenLoaded(out var jobs).Dispose();
        Assert.Equal([Lives.Own(1)], jobs.Keys);
    }

    [Fact]
    public void Crash_DuringTheNextStart_LosesNothing()
    {
        using var crashed = new StoreDirectory();
        using var again = new StoreDirectory();
        CrashAfter(Commits, crashed, out _);
        using (crashed.Open(StoreDirectory.JournalOnly))
        {
            crashed.CopyTo(again);
        }

        again.OpenLoaded(out var jobs).Dispose();
        Assert.Equal(Commits, jobs.Count);
    }

    [Fact]
    public void Commit_LargerThanAFile_GetsAFileOfItsSize()
    {
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        using (var store = directory.OpenLoaded(StoreDirectory.JournalOnly with { JournalFileBytes = 1 }))
        {
            store.Commit([Lives.Accepted(1), Lives.Accepted(2, Lives.Content(5_000_000))]);
            store.Commit([Lives.Accepted(3)]);
            directory.CopyTo(crashed);
        }

        crashed.OpenLoaded(out var jobs).Dispose();
        Assert.Equal(3, jobs.Count);
        Assert.Equal(5_000_000, ((Core.Record.Accepted)jobs[Lives.Own(2)][0]).Content.Input.Length);
    }

    [Fact]
    public void Output_WhoseMemoryChangesWhileItIsWritten_DamagesNothing()
    {
        const int Bytes = 300_000;
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        using var changing = new ChangingMemory(Bytes);
        using (var store = directory.OpenLoaded(StoreDirectory.JournalOnly))
        {
            store.Commit([Lives.Accepted(1), Lives.Finished(Lives.Own(1), output: new Core.JobOutput(changing.Memory, default))]);
            store.Commit([Lives.Accepted(2)]);
            directory.CopyTo(crashed);
            store.Flush();
            Assert.Equal(Bytes, store.Reader.ReadOutput(Lives.Own(1))!.Result.Length);
        }

        using var recovered = crashed.OpenLoaded(out var unfinished);
        Assert.Equal([Lives.Own(2)], unfinished.Keys);
        Assert.Equal(Bytes, recovered.Reader.ReadOutput(Lives.Own(1))!.Result.Length);
    }

    /// <summary>Is something else each time that somebody looks at it.</summary>
    private sealed class ChangingMemory(int length) : MemoryManager<byte>
    {
        private readonly byte[] _bytes = new byte[length];

        public override Span<byte> GetSpan()
        {
            _bytes[0]++;
            return _bytes;
        }

        public override MemoryHandle Pin(int elementIndex = 0)
        {
            _bytes[0]++;
            return _bytes.AsMemory(elementIndex).Pin();
        }

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }

    /// <summary>Commits a job each, and gives the journal's first file with the place where each commit ends.</summary>
    private static byte[] CrashAfter(int commits, StoreDirectory crashed, out List<int> ends, int inTables = 0)
    {
        using var directory = new StoreDirectory();
        using var store = directory.OpenLoaded(StoreDirectory.JournalOnly);
        ends = [];
        for (var n = 1; n <= commits; n++)
        {
            store.Commit([Lives.Accepted(n)]);
            if (n == inTables)
            {
                store.Flush();
            }

            ends.Add(File.ReadAllBytes(directory.Journal).AsSpan().TrimEnd((byte)0).Length + 7 & ~7);
        }

        directory.CopyTo(crashed);
        return File.ReadAllBytes(crashed.Journal);
    }

    private static bool IsPadding(byte[] whole, List<int> ends, int at)
    {
        // The length of a commit's records is at 16 in its header of 24 bytes.
        var begin = ends.LastOrDefault(end => end <= at);
        return at - begin >= 24 + MemoryMarshal.Read<int>(whole.AsSpan(begin + 16));
    }

    private static int Recovered(StoreDirectory crashed, byte[] journal)
    {
        using var copy = new StoreDirectory(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
        crashed.CopyTo(copy);
        File.WriteAllBytes(copy.Journal, journal);
        try
        {
            using var store = copy.OpenLoaded(out var jobs);
            Assert.Equal(Enumerable.Range(1, jobs.Count).Select(n => Lives.Own(n)), jobs.Keys);
            return jobs.Count;
        }
        catch (StoreException damaged)
        {
            throw new StoreException(damaged.Kind, damaged.Message.Replace(copy.Path, crashed.Path, StringComparison.Ordinal));
        }
    }

    private static void AssertHas(Model model, SqliteStore store)
    {
        foreach (var (id, records) in model.Unfinished.Concat(model.Finished))
        {
            Assert.Equal(Structure.Of(records), Structure.Of(store.Reader.FindJob(id, whole: true)));
        }

        Assert.Equal(
            model.Finished.Keys.OrderDescending(),
            store.Reader.ListFinished(long.MaxValue, int.MaxValue).Select(records => records[0].Id)
        );
    }
}
