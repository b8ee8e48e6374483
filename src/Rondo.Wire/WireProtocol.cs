namespace Rondo.Wire;

/// <summary>The protocol between executors.</summary>
public static class WireProtocol
{
    /// <summary>The newest version that this build speaks; every <see cref="Core.Member"/> carries its own on the wire.</summary>
    public const int Version = 1;
}
