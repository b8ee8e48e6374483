// Counts the primes below 100,000: one job for each thousand numbers, spread over a ring, and their results added up as they come.
// The argument names executors as a comma list. run.sh starts two, and checks the sum.
using System.Globalization;
using System.Text;
using Rondo.Client;

const int Below = 100_000;
const int Part = 1_000;
const string Count = """
    BEGIN {
      for (n = from; n < to; n++) {
        prime = n > 1
        for (d = 2; d * d <= n && prime; d++) prime = n % d != 0
        count += prime
      }
      print count + 0
    }
    """;

if (args is not [var addresses])
{
    Console.Error.WriteLine("usage: Rondo.Samples.Fanout ADDRESS[,ADDRESS…]");
    return 2;
}

using var client = new RondoClient(addresses.Split(','));
var sum = 0L;
var executors = new HashSet<string>();
var waiting = new List<Task>();

// Jobs go out in batches while earlier ones run already; their ids come back in the order in which the jobs went.
await foreach (var outcome in client.SubmitManyAsync(Parts()))
{
    waiting.Add(GatherAsync(outcome.Id ?? throw outcome.Problem!));
}

await Task.WhenAll(waiting);
Console.WriteLine($"{sum} primes below {Below}, counted in {waiting.Count} jobs by {executors.Count} executors");
return 0;

static async IAsyncEnumerable<JobRequest> Parts()
{
    for (var from = 0; from < Below; from += Part)
    {
        yield return new JobRequest
        {
            Command = ["awk", "-v", $"from={from}", "-v", $"to={from + Part}", Count],
            Name = $"primes {from}",
            Group = "primes",
        };
        await Task.Yield();
    }
}

async Task GatherAsync(string id)
{
    var result = Encoding.UTF8.GetString(await client.ResultBytesAsync(id));
    var job = await client.GetAsync(id);
    lock (executors)
    {
        sum += long.Parse(result, CultureInfo.InvariantCulture);
        executors.Add(job.Holder!);
    }
}
