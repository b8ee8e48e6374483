using System.Runtime.CompilerServices;

namespace Rondo.Executor.Http.Logs;

/// <summary>Reads what a running job writes.</summary>
internal static class LiveOutput
{
    /// <summary>All of it until it ends; or, not following, what there is now.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> NowOrFollowing(
        this IAsyncEnumerable<ReadOnlyMemory<byte>> output,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var slices = output.GetAsyncEnumerator(enough.Token);
        while (true)
        {
            var next = slices.MoveNextAsync();
            if (!follow && !next.IsCompleted)
            {
                // Nothing more for now. The enumerator may only be disposed of once this step has ended.
                await enough.CancelAsync();
            }

            bool more;
            try
            {
                more = await next;
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                yield break;
            }

            if (!more)
            {
                yield break;
            }

            yield return slices.Current;
        }
    }
}
