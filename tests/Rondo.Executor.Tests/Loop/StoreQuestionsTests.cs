using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Core;
using Rondo.Executor.Loop;
using Rondo.Storage;

namespace Rondo.Executor.Tests.Loop;

public sealed class StoreQuestionsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly EquatableList<Member> Elders = new([
        new()
        {
            Id = ExecutorId.Parse("m3xd"),
            Incarnation = new Incarnation(1),
            Name = "m",
            RingAddress = "127.0.0.1:1",
            HttpAddress = "127.0.0.1:2",
            Capabilities = new Capabilities(true, EquatableList<string>.Empty),
        },
    ]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_ThatComeWhileOthersAreAsked_AreAskedForTogether()
    {
        var folder = Directory.CreateTempSubdirectory("rondo-questions-");
        using var store = SqliteStore.Open(folder.FullName);
        var asked = new ConcurrentQueue<IReadOnlyList<string>>();
        var gate = new TaskCompletionSource();
        var found = new ConcurrentQueue<Input.KeyFound>();
        var all = new TaskCompletionSource();
        await using var questions = new StoreQuestions(
            store.Reader,
            ExecutorId.Parse("k7q2"),
            input =>
            {
                found.Enqueue((Input.KeyFound)input);
                if (found.Count == 1_010)
                {
                    all.SetResult();
                }
            },
            NullLogger<StoreQuestions>.Instance
        )
        {
            AskElsewhere = async (keys, _, _) =>
            {
                asked.Enqueue(keys);
                await gate.Task;
                return [.. keys.Select(key => ((KeyedJob?)new KeyedJob(JobId.Parse("m3xd-" + key), 1), (ExecutorId?)null))];
            },
        };
        questions.Start();
        for (var key = 1; key <= 10; key++)
        {
            questions.Ask(new Effect.FindKey($"{key}", Elders));
            // As many as are under way at a time go alone.
            while (key <= 4 && asked.Count < key)
            {
                await Task.Delay(5, Cancellation);
            }
        }

        for (var key = 11; key <= 1_010; key++)
        {
            questions.Ask(new Effect.FindKey($"{key}", Elders));
        }

        gate.SetResult();
        await all.Task.WaitAsync(Limit, Cancellation);

        Assert.InRange(asked.Count, 8, 10);
        Assert.All(asked, keys => Assert.InRange(keys.Count, 1, StoreQuestions.KeysMax));
        Assert.All(found, answer => Assert.Equal($"m3xd-{answer.Key}", $"{answer.Known!.Value.Id}"));
        folder.Delete(recursive: true);
    }
}
