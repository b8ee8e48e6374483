using Rondo.Core;
using Rondo.Executor.Http;

namespace Rondo.Executor.Hosting;

/// <summary>Checks <see cref="ExecutorOptions"/>: every rule is applied, so that all problems are told at once.</summary>
internal static class OptionsValidation
{
    private static readonly TimeSpan LongestGrace = TimeSpan.FromHours(24);
    private static readonly TimeSpan ShortestKeeping = TimeSpan.FromMinutes(1);
    private const long ShortestKeepingBytes = 16L << 20;
    private static readonly TimeSpan LongestKeeping = TimeSpan.FromDays(10_000);

    /// <summary>All problems, in the order of the options.</summary>
    public static IReadOnlyList<OptionProblem> Check(ExecutorOptions options)
    {
        var problems = new List<OptionProblem>();

        void Expect(bool right, string name, object? value, string expected)
        {
            if (!right)
            {
                problems.Add(
                    new OptionProblem(
                        name,
                        value is TimeSpan { Ticks: >= 0 } span ? DurationText.Of(span) : value?.ToString() ?? "",
                        expected
                    )
                );
            }
        }

        void ExpectBindable(string name, string address, string advertiseName, string? advertise)
        {
            if (!HostAndPort.TryParse(address, out var parsed) || parsed.BindAddress is null)
            {
                Expect(false, name, address, "an IP address (or localhost, or *) and a port, such as 127.0.0.1:7070");
                return;
            }

            Expect(
                !parsed.IsWildcard || advertise is not null,
                advertiseName,
                advertise,
                $"an address by which others reach this executor, such as node-3:{parsed.Port}: {name} '{address}' stands for every interface"
            );
        }

        void ExpectAdvertisable(string name, string? address)
        {
            if (address is not null)
            {
                Expect(
                    HostAndPort.TryParse(address, out var parsed) && !parsed.IsWildcard,
                    name,
                    address,
                    "a host by which others reach this executor and a port (0 for the bound one), such as node-3:7070"
                );
            }
        }

        void ExpectSize(string name, int bytes) =>
            Expect(
                bytes is >= 1024 and <= ExecutorOptions.LargestBytes,
                name,
                bytes,
                $"1024 to {ExecutorOptions.LargestBytes} bytes (256 MiB)"
            );

        Expect(
            !string.IsNullOrWhiteSpace(options.DataDirectory),
            nameof(options.DataDirectory),
            options.DataDirectory,
            "a directory, such as /var/lib/rondo"
        );
        Expect(
            options.Name.Length is > 0 and <= ExecutorOptions.NameMaxLength && !options.Name.Any(char.IsControl),
            nameof(options.Name),
            options.Name,
            $"1 to {ExecutorOptions.NameMaxLength} printable characters"
        );
        ExpectBindable(nameof(options.Listen), options.Listen, nameof(options.AdvertiseListen), options.AdvertiseListen);
        ExpectBindable(nameof(options.Ring), options.Ring, nameof(options.AdvertiseRing), options.AdvertiseRing);
        Expect(
            options.Listen != options.Ring || options.Listen.EndsWith(":0", StringComparison.Ordinal),
            nameof(options.Ring),
            options.Ring,
            $"another port than that of {nameof(options.Listen)} '{options.Listen}': clients and executors speak different protocols"
        );
        Expect(
            options.Join.Count <= ExecutorOptions.MaxJoin,
            nameof(options.Join),
            options.Join.Count,
            $"at most {ExecutorOptions.MaxJoin} addresses; one that is up is enough"
        );
        foreach (var join in options.Join)
        {
            Expect(
                HostAndPort.TryParse(join, out var parsed) && parsed.Port != 0 && !parsed.IsWildcard,
                nameof(options.Join),
                join,
                "the ring address of another executor, such as 10.0.0.7:7071"
            );
        }

        ExpectAdvertisable(nameof(options.AdvertiseListen), options.AdvertiseListen);
        ExpectAdvertisable(nameof(options.AdvertiseRing), options.AdvertiseRing);
        Expect(
            options.Slots is > 0 and <= ExecutorOptions.MaxSlots,
            nameof(options.Slots),
            options.Slots,
            $"1 to {ExecutorOptions.MaxSlots}"
        );
        Expect(options.Weight is > 0 and <= 1_000, nameof(options.Weight), options.Weight, "1 to 1000");
        Expect(
            options.Labels.Count <= LabelText.MaxCount,
            nameof(options.Labels),
            options.Labels.Count,
            $"at most {LabelText.MaxCount} labels"
        );
        foreach (var (key, value) in options.Labels)
        {
            var label = new Label(key, value);
            Expect(LabelText.Problem(label) is null, nameof(options.Labels), label, LabelText.Expected);
        }

        Expect(
            options.StopGrace >= TimeSpan.Zero && options.StopGrace <= LongestGrace,
            nameof(options.StopGrace),
            options.StopGrace,
            "0 to 24 hours"
        );
        Expect(
            options.RescueAfter >= TimeSpan.FromSeconds(1),
            nameof(options.RescueAfter),
            options.RescueAfter,
            "at least 1 second; jobs that still run elsewhere are started twice when it is too short"
        );
        ExpectSize(nameof(options.JobMaxBytes), options.JobMaxBytes);
        ExpectSize(nameof(options.OutputMaxBytes), options.OutputMaxBytes);
        Expect(options.MaxUnfinished > 0, nameof(options.MaxUnfinished), options.MaxUnfinished, "at least 1");
        Expect(
            options.MaxUnfinishedBytes >= options.JobMaxBytes,
            nameof(options.MaxUnfinishedBytes),
            options.MaxUnfinishedBytes,
            $"at least JobMaxBytes ({options.JobMaxBytes})"
        );
        Expect(
            options.KeepFinished == Timeout.InfiniteTimeSpan
                || (options.KeepFinished >= ShortestKeeping && options.KeepFinished <= LongestKeeping),
            nameof(options.KeepFinished),
            options.KeepFinished,
            "1 minute to 10,000 days, or infinite: whoever waits for a result has to find it"
        );
        Expect(
            options.KeepFinishedBytes >= ShortestKeepingBytes,
            nameof(options.KeepFinishedBytes),
            options.KeepFinishedBytes,
            $"at least {ShortestKeepingBytes} bytes (16 MiB)"
        );
        return problems;
    }
}
