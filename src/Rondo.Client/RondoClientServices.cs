using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Rondo.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Gives an application a client of a ring.</summary>
public static class RondoClientServices
{
    /// <summary>Adds one <see cref="RondoClient"/> for the whole application.</summary>
    /// <param name="configure">Sets its options, above all <see cref="RondoClientOptions.Addresses"/>.</param>
    public static IServiceCollection AddRondoClient(this IServiceCollection services, Action<RondoClientOptions>? configure = null)
    {
        services.AddOptions<RondoClientOptions>();
        if (configure is not null)
        {
            services.Configure(configure);
        }

        services.TryAddSingleton(static provider => new RondoClient(provider.GetRequiredService<IOptions<RondoClientOptions>>().Value));
        return services;
    }
}
