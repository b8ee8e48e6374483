using System.Buffers;

namespace Rondo.Executor.Tests;

internal static class Pool
{
    /// <summary>Takes what others gave back, so that what is rented from now on is counted like what is allocated.</summary>
    public static void Empty(int bytes)
    {
        long before;
        do
        {
            before = GC.GetAllocatedBytesForCurrentThread();
            ArrayPool<byte>.Shared.Rent(bytes);
        } while (GC.GetAllocatedBytesForCurrentThread() - before < bytes);
    }
}
