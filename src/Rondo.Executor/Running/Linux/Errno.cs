using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Rondo.Executor.Running.Linux;

/// <summary>The error numbers that are told apart here. They are the same on x86-64 and arm64.</summary>
internal static class Errno
{
    public const int NoEntry = 2;
    public const int NoProcess = 3;
    public const int Interrupted = 4;
    public const int TooBig = 7;
    public const int NotExecutable = 8;
    public const int NoChild = 10;
    public const int Again = 11;
    public const int NoMemory = 12;
    public const int AccessDenied = 13;
    public const int NotDirectory = 20;
    public const int TooManyFilesInSystem = 23;
    public const int TooManyFiles = 24;
    public const int BrokenPipe = 32;

    /// <summary>The error of the last call on this thread.</summary>
    public static int Last => Marshal.GetLastPInvokeError();

    /// <summary>True when the machine lacks processes, descriptors or memory just now: the same call may succeed later.</summary>
    public static bool IsShortage(int error) => error is Again or NoMemory or TooManyFiles or TooManyFilesInSystem;

    /// <summary>The system's words for an error.</summary>
    public static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);

    /// <summary>For calls that fail only when this program is wrong or the machine is broken.</summary>
    /// <exception cref="Win32Exception">The result is negative.</exception>
    public static int Check(int result, string call) =>
        result >= 0 ? result : throw new Win32Exception(Last, $"{call} failed: {Describe(Last)}");
}
