using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>What one batch of inputs came to, on its way to the store and then out.</summary>
internal sealed class Batch
{
    public StepOutput Output { get; } = new();

    /// <summary>It is on stable storage; the process may not have noticed yet.</summary>
    public bool Durable { get; set; }

    public void Clear()
    {
        Output.Clear();
        Durable = false;
    }
}
