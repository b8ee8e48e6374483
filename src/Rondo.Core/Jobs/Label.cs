namespace Rondo.Core;

/// <summary>A key with a value: on a job to find it by, on an executor to say what it is or has.</summary>
public readonly record struct Label(string Key, string Value)
{
    /// <summary>The label as people write it.</summary>
    public override string ToString() => $"{Key}={Value}";
}
