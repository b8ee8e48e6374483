using System.Diagnostics;
using Rondo.Core;

namespace Rondo.Storage.Layout;

/// <summary>The state column of finished jobs.</summary>
internal static class FinalState
{
    public static long Of(JobEnd end) =>
        end switch
        {
            JobEnd.Succeeded => 0,
            JobEnd.Failed => 1,
            JobEnd.Cancelled => 2,
            _ => throw new UnreachableException(),
        };
}
