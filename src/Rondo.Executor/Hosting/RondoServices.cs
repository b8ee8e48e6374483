using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Rondo.Executor;
using Rondo.Executor.Hosting;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Reference;

namespace Microsoft.Extensions.DependencyInjection
{
    /// <summary>Puts an executor into a web application.</summary>
    public static class RondoServices
    {
        /// <summary>
        /// Adds an executor that starts and stops with the application. It runs the handlers that are added to what this returns, takes
        /// jobs once <c>MapRondo</c> has given it a place in the application, and speaks to other executors on a port of its own,
        /// <see cref="ExecutorOptions.Ring"/>. Commands are not run unless <see cref="ExecutorOptions.RunCommands"/> is set.
        /// </summary>
        /// <remarks>
        /// A <see cref="Rondo.Client.RondoClient"/> that speaks to this executor is added as well, unless the application has one already:
        /// with it the application submits jobs of its own, which any executor of the ring may run. All problems with the options are told at once, when the application starts. When the executor's store fails, the process ends
        /// with exit code 1: what the executor believes may not be on the disk then, and a restart goes on from what is there.
        /// </remarks>
        /// <param name="configure">Sets the options; <see cref="ExecutorOptions.DataDirectory"/> has to be set, here or elsewhere.</param>
        public static RondoBuilder AddRondo(this IServiceCollection services, Action<ExecutorOptions>? configure = null)
        {
            services.AddOptions<ExecutorOptions>().Configure(static options => options.RunCommands = false).ValidateOnStart();
            if (configure is not null)
            {
                services.Configure(configure);
            }

            services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<ExecutorOptions>, RegistrationValidation>());
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IPostConfigureOptions<HostOptions>, ShutdownTime>());
            services.TryAddSingleton(static provider => LocalClient.Create(provider.GetRequiredService<HostedExecutor>()));
            return services.AddExecutor();
        }

        /// <summary>The executor alone, for an application that has its options checked already.</summary>
        internal static RondoBuilder AddExecutor(this IServiceCollection services)
        {
            services.TryAddSingleton(new ProcessEnd(FatalExit.ExitProcess));
            services.TryAddSingleton(TimeProvider.System);
            services.TryAddSingleton<HostedExecutor>();
            services.TryAddEnumerable(
                ServiceDescriptor.Singleton<IHostedService, HostedExecutor>(provider => provider.GetRequiredService<HostedExecutor>())
            );
            return new RondoBuilder(services);
        }

        /// <summary>Adds a check that is healthy while the application's executor takes jobs.</summary>
        /// <param name="name">The name of the check.</param>
        /// <param name="failureStatus">What it reports when the executor starts or stops; unhealthy by default.</param>
        /// <param name="tags">Tags to select checks by, such as <c>ready</c>.</param>
        public static IHealthChecksBuilder AddRondo(
            this IHealthChecksBuilder checks,
            string name = "rondo",
            HealthStatus? failureStatus = null,
            IEnumerable<string>? tags = null
        ) =>
            checks.Add(
                new HealthCheckRegistration(
                    name,
                    static provider => new ReadyCheck(provider.GetRequiredService<HostedExecutor>()),
                    failureStatus,
                    tags
                )
            );
    }
}

namespace Microsoft.AspNetCore.Builder
{
    /// <summary>Gives an executor its place in a web application.</summary>
    public static class RondoEndpoints
    {
        /// <summary>
        /// Maps the HTTP interface of the application's executor, under <c>/v1</c> below where it is mapped: for the command line, for
        /// <c>Rondo.Client</c>, and for people.
        /// </summary>
        /// <returns>All its endpoints together, to require an authorization of them, for instance.</returns>
        public static IEndpointConventionBuilder MapRondo(this IEndpointRouteBuilder endpoints)
        {
            var executor = endpoints.ServiceProvider.GetRequiredService<HostedExecutor>();
            var logger = endpoints.ServiceProvider.GetRequiredService<ILoggerFactory>().CreateLogger<HttpApi>();
            return endpoints.MapHttpApi(() => executor.Http, logger);
        }

        /// <summary>
        /// Maps the description of the HTTP interface: its OpenAPI document at <c>/openapi/v1.json</c>, and a page to read it and try it
        /// with at <c>/scalar</c>, which asks no other server for anything.
        /// </summary>
        /// <returns>All its endpoints together.</returns>
        public static IEndpointConventionBuilder MapRondoReference(this IEndpointRouteBuilder endpoints) => endpoints.MapReference();
    }
}
