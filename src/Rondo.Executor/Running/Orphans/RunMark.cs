using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Rondo.Core;
using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running.Orphans;

/// <summary>
/// The environment variable by which every process of this executor's jobs is known, wherever it has moved to: <c>RONDO_RUN_…</c>. The
/// variable's name is the same for every start from one data directory; its value is new for each start.
/// </summary>
/// <remarks>
/// An own name for each executor, so that an executor that runs as a job of another one adds its mark and hides none. The name rests on a
/// random token in the directory and on the directory's path: neither another executor nor a copy of the directory has the same.
/// </remarks>
internal sealed class RunMark
{
    private const string TokenFileName = "run-mark";
    private const int TokenLength = 32;
    private const int StartLength = 16;

    private RunMark(string variable, string start)
    {
        Variable = variable;
        Start = start;
    }

    /// <summary>The variable's name.</summary>
    public string Variable { get; }

    /// <summary>The variable's value.</summary>
    public string Start { get; }

    /// <summary>What processes of this start have in their environment.</summary>
    public string OfThisStart => $"{Variable}={Start}";

    /// <summary>What processes of any start have in their environment, as its beginning.</summary>
    public string OfAnyStart => $"{Variable}=";

    /// <summary>Makes the mark of a new start from this directory.</summary>
    public static RunMark Create(ExecutorId executor, string dataDirectory)
    {
        var name = Hash(Token(dataDirectory) + RealPath(dataDirectory)).ToString("x16", CultureInfo.InvariantCulture);
        return new RunMark($"RONDO_RUN_{executor}_{name}", RandomHex()[..StartLength]);
    }

    /// <summary>
    /// FNV-1a. Nobody is kept from making the same name on purpose, by this or by a hash for ciphers: the token lies in the directory. But the
    /// library of ciphers would take 4 MB of every executor.
    /// </summary>
    private static ulong Hash(string text)
    {
        var hash = 14695981039346656037;
        foreach (var one in Encoding.UTF8.GetBytes(text))
        {
            hash = (hash ^ one) * 1099511628211;
        }

        return hash;
    }

    private static string RandomHex() => Guid.NewGuid().ToString("N");

    // Not synced: after a power failure, which could lose the file, no process is left to be found by it.
    private static string Token(string dataDirectory)
    {
        var path = Path.Combine(dataDirectory, TokenFileName);
        if (File.Exists(path) && File.ReadAllText(path) is { Length: TokenLength } token)
        {
            return token;
        }

        token = RandomHex();
        File.WriteAllText(path, token);
        return token;
    }

    private static string RealPath(string path)
    {
        var memory = Native.RealPath(path, 0);
        if (memory == 0)
        {
            throw new IOException($"The path of {path} cannot be resolved: {Errno.Describe(Errno.Last)}");
        }

        try
        {
            return Marshal.PtrToStringUTF8(memory)!;
        }
        finally
        {
            Native.Free(memory);
        }
    }
}
