using System.Diagnostics.CodeAnalysis;

namespace Rondo.Executor.Handlers;

/// <summary>A piece of .NET code that jobs run by its name.</summary>
internal abstract record Handler(string Name)
{
    /// <summary>Gives back what it is given: measures everything but the work, and shows that a ring is whole.</summary>
    public static Handler Noop { get; } = new Inline("noop", static payload => payload);

    /// <summary>Code that ends at once and never throws: it runs where it is started, without a scope, a thread or a context.</summary>
    public sealed record Inline(string Name, Func<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>> Run) : Handler(Name);

    /// <summary>Code that runs on the thread pool, with a context of its own.</summary>
    public sealed record Pooled(string Name, Func<JobContext, Task<ReadOnlyMemory<byte>>> Run) : Handler(Name);
}

/// <summary>The handlers of an executor, by name.</summary>
internal sealed class HandlerTable
{
    private readonly Dictionary<string, Handler> _handlers = new(StringComparer.Ordinal);

    /// <summary>A table of these handlers.</summary>
    /// <exception cref="ArgumentException">Two have the same name.</exception>
    public HandlerTable(params IEnumerable<Handler> handlers)
    {
        foreach (var handler in handlers)
        {
            _handlers.Add(handler.Name, handler);
        }
    }

    /// <summary>Their names, sorted.</summary>
    public IEnumerable<string> Names => _handlers.Keys.Order(StringComparer.Ordinal);

    /// <summary>Finds a handler.</summary>
    public bool TryGet(string? name, [NotNullWhen(true)] out Handler? handler)
    {
        handler = null;
        return name is not null && _handlers.TryGetValue(name, out handler);
    }
}
