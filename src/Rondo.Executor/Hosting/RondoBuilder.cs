using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Rondo.Executor.Handlers;
using Rondo.Executor.Peers;

namespace Rondo.Executor;

/// <summary>Adds handlers to the executor of an application. Returned by <c>AddRondo</c>.</summary>
/// <remarks>
/// A handler is found by its name, never by the name of a type: code can be renamed while jobs wait. Payloads and results are JSON; their
/// types need source-generated metadata, given here or put into the application's JSON options (<c>ConfigureHttpJsonOptions</c>), unless
/// the application serializes by reflection.
/// </remarks>
public sealed class RondoBuilder
{
    internal RondoBuilder(IServiceCollection services) => Services = services;

    /// <summary>The application's services.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Adds a handler that gives a result. The JSON of its types comes from the application's JSON options.</summary>
    /// <param name="name">The name that jobs call it by: the same in every executor that has it.</param>
    /// <param name="handler">Runs one job; see <see cref="IJobHandler{TIn, TOut}.HandleAsync"/>.</param>
    public RondoBuilder AddHandler<TIn, TOut>(string name, Func<TIn, JobContext, CancellationToken, Task<TOut>> handler) =>
        Add(name, services => HandlerMaking.Typed(name, services, Json<TIn>(services), Json<TOut>(services), handler));

    /// <summary>Adds a handler that gives a result.</summary>
    /// <inheritdoc cref="AddHandler{TIn, TOut}(string, Func{TIn, JobContext, CancellationToken, Task{TOut}})"/>
    /// <param name="input">How a payload is read.</param>
    /// <param name="output">How a result is written.</param>
    public RondoBuilder AddHandler<TIn, TOut>(
        string name,
        JsonTypeInfo<TIn> input,
        JsonTypeInfo<TOut> output,
        Func<TIn, JobContext, CancellationToken, Task<TOut>> handler
    ) => Add(name, services => HandlerMaking.Typed(name, services, input, output, handler));

    /// <summary>Adds a handler whose jobs have no result. The JSON of its type comes from the application's JSON options.</summary>
    /// <inheritdoc cref="AddHandler{TIn, TOut}(string, Func{TIn, JobContext, CancellationToken, Task{TOut}})"/>
    public RondoBuilder AddHandler<TIn>(string name, Func<TIn, JobContext, CancellationToken, Task> handler) =>
        Add(name, services => HandlerMaking.Consuming(name, services, Json<TIn>(services), handler));

    /// <summary>Adds a handler whose jobs have no result.</summary>
    /// <inheritdoc cref="AddHandler{TIn, TOut}(string, JsonTypeInfo{TIn}, JsonTypeInfo{TOut}, Func{TIn, JobContext, CancellationToken, Task{TOut}})"/>
    public RondoBuilder AddHandler<TIn>(string name, JsonTypeInfo<TIn> input, Func<TIn, JobContext, CancellationToken, Task> handler) =>
        Add(name, services => HandlerMaking.Consuming(name, services, input, handler));

    /// <summary>Adds a class of handlers, made anew for each job. The JSON of its types comes from the application's JSON options.</summary>
    /// <typeparam name="THandler">The class; registered as a scoped service unless it is one already.</typeparam>
    /// <typeparam name="TIn">The payload.</typeparam>
    /// <typeparam name="TOut">The result.</typeparam>
    /// <param name="name">The name that jobs call it by: the same in every executor that has it.</param>
    public RondoBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, TIn, TOut>(
        string name
    )
        where THandler : class, IJobHandler<TIn, TOut>
    {
        Services.TryAddScoped<THandler>();
        return AddHandler<TIn, TOut>(name, Resolve<THandler, TIn, TOut>);
    }

    /// <summary>Adds a class of handlers, made anew for each job.</summary>
    /// <inheritdoc cref="AddHandler{THandler, TIn, TOut}(string)"/>
    /// <param name="input">How a payload is read.</param>
    /// <param name="output">How a result is written.</param>
    public RondoBuilder AddHandler<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] THandler, TIn, TOut>(
        string name,
        JsonTypeInfo<TIn> input,
        JsonTypeInfo<TOut> output
    )
        where THandler : class, IJobHandler<TIn, TOut>
    {
        Services.TryAddScoped<THandler>();
        return AddHandler(name, input, output, Resolve<THandler, TIn, TOut>);
    }

    /// <summary>Adds a handler that takes its payload and gives its result as bytes.</summary>
    /// <remarks>
    /// The executor takes over the memory of the result, which it writes to the disk from there: it must not be changed any more once it is
    /// returned. So it cannot be a buffer that the handler uses again, or that is rented from a pool. It may be the payload, or a part of it.
    /// </remarks>
    /// <param name="name">The name that jobs call it by: the same in every executor that has it.</param>
    /// <param name="handler">Runs one job; the payload is in its context. What it returns is the executor's from then on.</param>
    public RondoBuilder AddRawHandler(string name, Func<JobContext, CancellationToken, Task<ReadOnlyMemory<byte>>> handler) =>
        Add(
            name,
            services => HandlerMaking.Raw(name, services, async (context, cancellation) => Own(await handler(context, cancellation)))
        );

    internal RondoBuilder Add(Handler handler) => Add(handler.Name, _ => handler);

    // What is small stays in memory with its job: it is not to keep all of the buffer or the payload that it may be a part of.
    private static ReadOnlyMemory<byte> Own(ReadOnlyMemory<byte> result) =>
        result.Length <= LargeParts.InMemoryMaxBytes ? result.ToArray() : result;

    private RondoBuilder Add(string name, Func<IServiceProvider, Handler> bind)
    {
        Services.AddSingleton(new HandlerRegistration(name, bind));
        return this;
    }

    private static Task<TOut> Resolve<THandler, TIn, TOut>(TIn input, JobContext context, CancellationToken cancellationToken)
        where THandler : class, IJobHandler<TIn, TOut> =>
        context.Services.GetRequiredService<THandler>().HandleAsync(input, context, cancellationToken);

    private static JsonTypeInfo<T> Json<T>(IServiceProvider services) =>
        (JsonTypeInfo<T>)services.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions.GetTypeInfo(typeof(T));
}
