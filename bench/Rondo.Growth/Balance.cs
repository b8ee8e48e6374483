namespace Rondo.Growth;

/// <summary>
/// Jobs of random length arrive at random times at a ring of four with four slots each, enough to keep 70 % of the slots busy. How far
/// apart the running counts are, beside a scheduler in the middle that sees everything at once, and how many messages the token takes.
/// </summary>
internal static class Balance
{
    private const int Executors = 4;
    private const int Slots = 4;
    private const double Load = 0.7;
    private static readonly TimeSpan MeanLength = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(1);

    public static void Run(int[] counts)
    {
        Console.WriteLine("submitted to  jobs    mean spread  central  ratio  token messages/job  wakes/job  all messages/job");
        foreach (var count in counts)
        {
            foreach (var targets in new[] { 1, Executors })
            {
                Run(Trace(count), targets);
            }
        }
    }

    private static void Run(List<(TimeSpan At, TimeSpan Length)> trace, int targets)
    {
        var ring = new CoreRing(Executors, Slots);
        ring.RunUntil(TimeSpan.FromSeconds(5));
        var start = ring.Now;
        var (tokenBefore, allBefore) = (ring.TokenMessages, ring.Messages);
        var wakesBefore = ring.MessagesOf(nameof(Core.Message.Wake));
        var (sum, looks, next) = (0L, 0L, 0);
        var central = new Central();
        var centralSum = 0L;
        while (next < trace.Count)
        {
            var look = LookEvery * (looks + 1);
            for (; next < trace.Count && trace[next].At <= look; next++)
            {
                ring.RunUntil(start + trace[next].At);
                ring.Submit(next % targets, 1, trace[next].Length);
                central.Submit(trace[next].At, trace[next].Length);
            }

            ring.RunUntil(start + look);
            central.RunUntil(look);
            sum += ring.Spread;
            centralSum += central.Spread;
            looks++;
        }

        var token = (double)(ring.TokenMessages - tokenBefore) / trace.Count;
        var all = (double)(ring.Messages - allBefore) / trace.Count;
        Console.WriteLine(
            $"{(targets == 1 ? "one" : "all"), -12}  {trace.Count, 6}  {(double)sum / looks, 11:F3}  {(double)centralSum / looks, 7:F3}  {(double)sum / centralSum, 5:F3}  {token, 18:F2}  {(double)(ring.MessagesOf(nameof(Core.Message.Wake)) - wakesBefore) / trace.Count, 9:F2}  {all, 16:F2}"
        );
    }

    private static List<(TimeSpan At, TimeSpan Length)> Trace(int jobs)
    {
        var random = new Random(1);
        var mean = MeanLength.TotalSeconds / (Load * Executors * Slots);
        var at = 0.0;
        return
        [
            .. Enumerable
                .Range(0, jobs)
                .Select(_ =>
                    (
                        TimeSpan.FromSeconds(at += Exponential(random, mean)),
                        TimeSpan.FromSeconds(Exponential(random, MeanLength.TotalSeconds))
                    )
                ),
        ];
    }

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    /// <summary>Gives each job to whoever runs fewest, in the order of arrival, as soon as somebody has a free slot.</summary>
    private sealed class Central
    {
        private readonly int[] _running = new int[Executors];
        private readonly PriorityQueue<int, TimeSpan> _ends = new();
        private readonly Queue<TimeSpan> _waiting = new();

        public int Spread => _running.Max() - _running.Min();

        public void Submit(TimeSpan at, TimeSpan length)
        {
            RunUntil(at);
            _waiting.Enqueue(length);
            StartWaiting(at);
        }

        public void RunUntil(TimeSpan time)
        {
            while (_ends.TryPeek(out var who, out var at) && at <= time)
            {
                _ends.Dequeue();
                _running[who]--;
                StartWaiting(at);
            }
        }

        private void StartWaiting(TimeSpan now)
        {
            while (_waiting.Count > 0 && Array.IndexOf(_running, _running.Min()) is var who && _running[who] < Slots)
            {
                _running[who]++;
                _ends.Enqueue(who, now + _waiting.Dequeue());
            }
        }
    }
}
