using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Rondo.Executor.Handlers;

namespace Rondo.Executor.Hosting;

/// <summary>Finds everything that is wrong with the options and the handlers of an application.</summary>
internal sealed class RegistrationValidation(IEnumerable<HandlerRegistration> handlers, IServiceProvider services)
    : IValidateOptions<ExecutorOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, ExecutorOptions options)
    {
        string[] problems =
        [
            .. options.Validate().Select(problem => $"Rondo: {problem}"),
            .. HandlerProblems().Select(text => $"Rondo: {text}"),
        ];
        return problems.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private IEnumerable<string> HandlerProblems()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var handler in handlers)
        {
            if (handler.Name.Length is 0 or > Http.Submitting.JobRequestReader.NameMaxLength)
            {
                yield return $"the handler name '{handler.Name}' has to have 1 to {Http.Submitting.JobRequestReader.NameMaxLength} characters";
            }

            if (!names.Add(handler.Name))
            {
                yield return $"two handlers are named '{handler.Name}': a name stands for one piece of code";
            }

            if (BindProblem(handler) is { } problem)
            {
                yield return $"handler '{handler.Name}': {problem}";
            }
        }
    }

    private string? BindProblem(HandlerRegistration handler)
    {
        try
        {
            handler.Bind(services);
            return null;
        }
        catch (Exception error) when (error is NotSupportedException or InvalidOperationException)
        {
            return $"its types have no JSON: {error.Message}";
        }
    }
}

/// <summary>Gives the application the time to stop that its jobs have to end.</summary>
internal sealed class ShutdownTime(IOptions<ExecutorOptions> options) : IPostConfigureOptions<HostOptions>
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public void PostConfigure(string? name, HostOptions host)
    {
        TimeSpan needed;
        try
        {
            needed = options.Value.StopGrace + Rest;
        }
        catch (OptionsValidationException)
        {
            // The application does not start with these options, and says why when it tries to.
            return;
        }

        if (host.ShutdownTimeout != Timeout.InfiniteTimeSpan && host.ShutdownTimeout < needed)
        {
            host.ShutdownTimeout = needed;
        }
    }
}

/// <summary>Healthy while the executor takes jobs.</summary>
internal sealed class ReadyCheck(HostedExecutor executor) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            executor.IsReady
                ? HealthCheckResult.Healthy($"executor {executor.Engine!.Id} takes jobs")
                : new HealthCheckResult(context.Registration.FailureStatus, "the executor takes no jobs: it is starting or stopping")
        );
}
