namespace Rondo.Executor.Handlers;

/// <summary>A handler as an application registered it, before its services are there.</summary>
/// <param name="Name">The name that jobs call it by.</param>
/// <param name="Bind">Makes the handler; throws <see cref="NotSupportedException"/> when its types have no JSON.</param>
internal sealed record HandlerRegistration(string Name, Func<IServiceProvider, Handler> Bind);
