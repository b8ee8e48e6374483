using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Executor.Hosting;
using Rondo.Storage;

namespace Rondo.Executor.Tests.Hosting;

/// <summary>The end of a process that must not go on.</summary>
public sealed class FatalExitTests
{
    [Fact]
    public void Now_CalledTwice_FlushesTheLogAndExitsOnce()
    {
        var happened = new List<string>();
        var fatal = new FatalExit(NullLogger.Instance, () => happened.Add("flush"), code => happened.Add($"exit {code}"));

        fatal.Now(new StoreException(StoreFailure.Full, "no space left"));
        fatal.Now(new IOException("later"));

        Assert.Equal(["flush", "exit 1"], happened);
    }

    [Fact]
    public void Now_LogThatHangs_ExitsAllTheSame()
    {
        var exited = false;
        using var never = new ManualResetEventSlim();

        new FatalExit(NullLogger.Instance, () => never.Wait(TimeSpan.FromSeconds(30)), _ => exited = true).Now(new IOException());

        Assert.True(exited);
        never.Set();
    }
}
