using Rondo.Core;
using Xunit;

namespace Rondo.Storage.Tests.Stores;

/// <summary>A byte that flipped on the disk is told, or does no harm: what a store gives is what was written.</summary>
public sealed class DamageTests
{
    private const int Flips = 300;
    private const int PageBytes = 4096;

    [Fact]
    public void AnyFlippedByte_IsToldOrDoesNoHarm()
    {
        const int seed = 20260103;
        var random = new Random(seed);
        using var directory = new StoreDirectory(Directory.Exists("/dev/shm") ? "/dev/shm" : null);
        using (var store = directory.OpenLoaded())
        {
            store.Commit(Lives.OneOfEach());
        }

        var good = File.ReadAllBytes(directory.File);
        var expected = ReadAll(directory);
        var told = 0;
        for (var i = 0; i < Flips; i++)
        {
            // Half of them anywhere, half of them where a page says what is on it.
            var position = i % 2 == 0 ? random.Next(good.Length) : (random.Next(good.Length / PageBytes) * PageBytes) + random.Next(48);
            var bytes = (byte[])good.Clone();
            bytes[position] ^= (byte)random.Next(1, 256);
            Rewrite(directory, bytes);
            try
            {
                Assert.True(expected == ReadAll(directory), $"the byte at {position} (seed {seed}) flipped unnoticed");
            }
            catch (StoreException damaged)
            {
                told++;
                Assert.Contains(directory.Path, damaged.Message, StringComparison.Ordinal);
            }
        }

        Assert.InRange(told, Flips / 10, Flips);
    }

    [Fact]
    public void FlippedByte_AmongSyncedCommitsOfTheLog_IsToldAndATornEndIsNot()
    {
        const int Commits = 20;
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            for (var n = 1; n <= Commits; n++)
            {
                store.Commit([Lives.Accepted(n, Large("own"))]);
                store.Flush();
            }

            // What a crash leaves: the log is not moved into the file.
            directory.CopyTo(crashed);
        }

        var journal = File.ReadAllBytes(crashed.Journal);

        var file = File.ReadAllBytes(crashed.File);
        var log = File.ReadAllBytes(crashed.File + "-wal");
        Assert.Equal(Commits, Recovered(log));

        // What the log lacks the journal has.
        Assert.Equal(Commits, Recovered(log[..^100]));
        foreach (var position in new[] { 17, 40, 60, 5_000, log.Length / 3, log.Length / 2 })
        {
            var flipped = (byte[])log.Clone();
            flipped[position] ^= 1;
            var damaged = Assert.Throws<StoreException>(() => Recovered(flipped));
            Assert.Equal(StoreFailure.Damaged, damaged.Kind);
            Assert.Contains("rondo.db-wal", damaged.Message, StringComparison.Ordinal);
        }

        int Recovered(byte[] bytes)
        {
            foreach (var old in Directory.GetFiles(crashed.Path))
            {
                File.Delete(old);
            }

            File.WriteAllBytes(crashed.File, file);
            File.WriteAllBytes(crashed.File + "-wal", bytes);
            File.WriteAllBytes(crashed.Journal, journal);
            using var store = crashed.OpenLoaded(out var jobs);
            return jobs.Count;
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Log_ThatIsLost_IsMadeUpForByTheJournal(bool isEmptied)
    {
        const int Commits = 20;
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            for (var n = 1; n <= Commits; n++)
            {
                store.Commit([Lives.Accepted(n)]);
                store.Flush();
            }

            directory.CopyTo(crashed);
        }

        LoseLog(crashed, isEmptied);

        crashed.OpenLoaded(out var jobs).Dispose();
        Assert.Equal(Commits, jobs.Count);
    }

    [Fact]
    public void Log_ThatIsLostWithCommitsThatTheJournalHasLetGoOf_IsTold()
    {
        using var directory = new StoreDirectory();
        using var crashed = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            var journal = new FileInfo(directory.Journal).Length;
            for (var n = 1; n * 100_000 < 20 * journal; n++)
            {
                store.Commit([Lives.Accepted(n, Lives.Content(100_000))]);
                store.Flush();
            }

            directory.CopyTo(crashed);
        }

        LoseLog(crashed, isEmptied: false);

        Assert.Equal(StoreFailure.Damaged, Assert.Throws<StoreException>(() => crashed.OpenLoaded()).Kind);
    }

    [Fact]
    public void File_ThatIsMissingBesideItsJournal_IsTold()
    {
        using var directory = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            store.Commit([Lives.Accepted(1)]);
        }

        File.Delete(directory.File);

        Assert.Equal(StoreFailure.Damaged, Assert.Throws<StoreException>(() => directory.Open()).Kind);
    }

    private static void LoseLog(StoreDirectory directory, bool isEmptied)
    {
        var log = directory.File + "-wal";
        Assert.True(File.Exists(log));
        if (isEmptied)
        {
            File.WriteAllBytes(log, []);
        }
        else
        {
            File.Delete(log);
        }
    }

    [Theory]
    [InlineData("definition of own", "job k7q2-1")]
    [InlineData("input of own", "job k7q2-1")]
    [InlineData("definition of held", "job m3xd-1")]
    [InlineData("input of held", "job m3xd-1")]
    public void FlippedByte_OfAnUnfinishedJob_IsToldAtTheStartWithJobAndFile(string part, string job)
    {
        using var directory = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            store.Commit([Lives.Accepted(1, Large("own")), Lives.Held(1, content: Large("held"))]);
        }

        Flip(directory, part);
        var damaged = Assert.Throws<StoreException>(() => directory.OpenLoaded());
        Assert.Equal(StoreFailure.Damaged, damaged.Kind);
        Assert.Contains($"{job} in {directory.File}", damaged.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FlippedByte_OfAResult_IsToldOnReadingWithJobAndFile()
    {
        using var directory = new StoreDirectory();
        using (var store = directory.OpenLoaded())
        {
            store.Commit([
                Lives.Accepted(1),
                Lives.Accepted(2),
                Lives.Finished(Lives.Own(1), output: new JobOutput("the small result"u8.ToArray(), default)),
                Lives.Finished(Lives.Own(2), output: new JobOutput(Large("result").Input, default)),
            ]);
        }

        Flip(directory, "the small result");
        Flip(directory, "input of result");
        using var reopened = directory.OpenLoaded();
        AssertDamaged("job k7q2-1", () => reopened.Reader.FindJob(Lives.Own(1)));
        AssertDamaged("job k7q2-1", () => reopened.Reader.ReadOutput(Lives.Own(1)));
        AssertDamaged("job k7q2-1", () => reopened.Reader.ListFinished(long.MaxValue, 10));
        AssertDamaged("job k7q2-2", () => reopened.Reader.ReadOutput(Lives.Own(2)));

        // What is whole can still be had, and the store goes on.
        Assert.NotNull(reopened.Reader.FindJob(Lives.Own(2)));
        Assert.NotNull(reopened.Reader.ReadContent(Lives.Own(2)));
        reopened.Commit([Lives.Accepted(3)]);

        void AssertDamaged(string job, Func<object?> read)
        {
            var damaged = Assert.Throws<StoreException>(read);
            Assert.Equal(StoreFailure.Damaged, damaged.Kind);
            Assert.Contains($"{job} in {directory.File}", damaged.Message, StringComparison.Ordinal);
        }
    }

    private static JobContent Large(string whose)
    {
        var input = new byte[6_000];
        System.Text.Encoding.UTF8.GetBytes($"input of {whose}").CopyTo(input, 100);
        return new JobContent(System.Text.Encoding.UTF8.GetBytes($"definition of {whose}"), input);
    }

    private static void Flip(StoreDirectory directory, string text)
    {
        var bytes = File.ReadAllBytes(directory.File);
        var at = bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text));
        Assert.True(at > 0);
        bytes[at + 3] ^= 1;
        Rewrite(directory, bytes);
    }

    private static void Rewrite(StoreDirectory directory, byte[] bytes)
    {
        File.Delete(directory.File + "-wal");
        File.Delete(directory.File + "-shm");
        File.WriteAllBytes(directory.File, bytes);
    }

    private static string ReadAll(StoreDirectory directory)
    {
        using var store = directory.Open();
        var recovered = store.Load();
        var all = Structure.Of(recovered) + store.Id;
        for (var number = 1; number <= 10; number++)
        {
            foreach (var id in (ReadOnlySpan<JobId>)[Lives.Own(number), Lives.Foreign(number)])
            {
                all +=
                    Structure.Of(store.Reader.FindJob(id, whole: true))
                    + Structure.Of(store.Reader.ReadOutput(id))
                    + Structure.Of(store.Reader.ReadContent(id));
            }
        }

        return all + Structure.Of(store.Reader.ListFinished(long.MaxValue, 100));
    }
}
