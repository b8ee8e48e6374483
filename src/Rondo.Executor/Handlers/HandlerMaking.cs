using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Rondo.Executor.Handlers;

/// <summary>Makes handlers out of what applications register: a scope for each job, its id in the log, and JSON on both sides.</summary>
internal static class HandlerMaking
{
    private static readonly Func<ILogger, string, int, string, IDisposable?> JobScope = LoggerMessage.DefineScope<string, int, string>(
        "job {JobId}, attempt {Attempt}, handler {Handler}"
    );

    /// <summary>A handler that takes and gives bytes.</summary>
    public static Handler Raw(
        string name,
        IServiceProvider services,
        Func<JobContext, CancellationToken, Task<ReadOnlyMemory<byte>>> handler
    )
    {
        var scopes = services.GetRequiredService<IServiceScopeFactory>();
        var logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("Rondo.Handlers");
        return new Handler.Pooled(
            name,
            async context =>
            {
                await using var scope = scopes.CreateAsyncScope();
                context.Use(scope.ServiceProvider);
                using var logged = JobScope(logger, context.JobId, context.Attempt, name);
                return await handler(context, context.CancellationToken);
            }
        );
    }

    /// <summary>A handler that takes and gives JSON.</summary>
    public static Handler Typed<TIn, TOut>(
        string name,
        IServiceProvider services,
        JsonTypeInfo<TIn> input,
        JsonTypeInfo<TOut> output,
        Func<TIn, JobContext, CancellationToken, Task<TOut>> handler
    )
    {
        var json = new JsonResult<TOut>(output);
        return Raw(
            name,
            services,
            async (context, cancellationToken) =>
            {
                context.ResultType = "application/json";
                return json.Write(await handler(Read(context.Payload, input), context, cancellationToken));
            }
        );
    }

    /// <summary>A handler that takes JSON and gives nothing.</summary>
    public static Handler Consuming<TIn>(
        string name,
        IServiceProvider services,
        JsonTypeInfo<TIn> input,
        Func<TIn, JobContext, CancellationToken, Task> handler
    ) =>
        Raw(
            name,
            services,
            async (context, cancellationToken) =>
            {
                await handler(Read(context.Payload, input), context, cancellationToken);
                return default;
            }
        );

    private static T Read<T>(ReadOnlyMemory<byte> payload, JsonTypeInfo<T> type) =>
        // A job without a payload is one with nothing in it, as far as the type allows for that.
        JsonSerializer.Deserialize(payload.IsEmpty ? "null"u8 : payload.Span, type)
            is { } input
            ? input
        : default(T) is null && Nullable.GetUnderlyingType(typeof(T)) is not null ? default!
        : throw new JsonException($"the job has no payload; its handler takes a {typeof(T).Name}");
}
