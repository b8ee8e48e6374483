using System.Text;

namespace Rondo.Cli.Tests;

/// <summary>Runs command lines in this process and catches what they write.</summary>
internal static class CommandLines
{
    public static Task<Ran> RunAsync(FakeExecutor? executor, params string[] arguments) =>
        RunAsync(new Given { Executor = executor?.Address }, arguments);

    public static async Task<Ran> RunAsync(Given given, params string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = given.Error ?? new MemoryStream();
        var environment = new Dictionary<string, string>(given.Environment);
        if (given.Executor is not null)
        {
            environment.TryAdd("RONDO_ADDR", given.Executor);
        }

        var surroundings = new Surroundings
        {
            Input = given.InputStream ?? new MemoryStream(Encoding.UTF8.GetBytes(given.Input)),
            Output = output,
            Error = error,
            Interrupts = given.Interrupts,
            Environment = environment.GetValueOrDefault,
            OutputIsTerminal = given.Width is not null,
            ErrorIsTerminal = given.ErrorIsTerminal,
            Width = () => given.Width ?? int.MaxValue,
            Patience = given.Patience,
            Clock = new FixedClock(FakeExecutor.Start.AddMinutes(3)),
        };
        var code = await Invocation.RunAsync(arguments, surroundings).WaitAsync(TimeLimit.Span, TestContext.Current.CancellationToken);
        return new Ran(code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    /// <summary>Tells the time of one moment; elapsed time and timers are the system's.</summary>
    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;

        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;
    }
}

internal sealed record Given
{
    public string? Executor { get; init; }

    public string Input { get; init; } = "";

    /// <summary>What is read in place of <see cref="Input"/>; null for that.</summary>
    public Stream? InputStream { get; init; }

    public Dictionary<string, string> Environment { get; init; } = [];

    public Interrupts Interrupts { get; init; } = new();

    /// <summary>After which time without a word it says what it waits for; by itself never, however slow the machine is.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Where standard error goes; null when nobody looks at it before the end.</summary>
    public MemoryStream? Error { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns of the terminal that the output goes to; null when it goes to none.</summary>
    public int? Width { get; init; }
}

/// <summary>What a command line did.</summary>
internal sealed record Ran(int Code, string Output, string Error);

/// <summary>Standard error, which can be waited for.</summary>
internal sealed class Said(string text) : MemoryStream
{
    private readonly TaskCompletionSource _came = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits until the text was written.</summary>
    public Task ComesAsync() => _came.Task.WaitAsync(TimeLimit.Span, TestContext.Current.CancellationToken);

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        base.Write(buffer);
        Look();
    }

    public override void Write(byte[] buffer, int offset, int count)
    {
        base.Write(buffer, offset, count);
        Look();
    }

    private void Look()
    {
        if (Encoding.UTF8.GetString(ToArray()).Contains(text, StringComparison.Ordinal))
        {
            _came.TrySetResult();
        }
    }
}
