using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Outbox;

namespace Shop.Ordering.DataPlatform;

internal static class DataPlatformServices
{
    private const int DrainedBytes = 64 * 1024;

    /// <summary>Over HTTP where there is an endpoint, else into files.</summary>
    public static void AddDataPlatform(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<DataPlatformOptions, DataPlatformOptionsValidator>(configuration, "DataPlatform");
        services.AddStartCheck<DataPlatformOptions>(
            "DataPlatform", options => options.IsOverHttp ? [] : NdjsonFiles.FaultsOf(options.Directory));
        services.AddSingleton<IDataPlatform>(
            provider => provider.GetRequiredService<IOptions<DataPlatformOptions>>().Value.IsOverHttp
                ? ActivatorUtilities.CreateInstance<HttpPlatform>(provider)
                : ActivatorUtilities.CreateInstance<NdjsonFiles>(provider));
        services.AddSingleton<DeliveryQueue>();
        services.AddWorker<DeliveryWorker>();
        services.AddScoped<IBacklog, DeliveryBacklog>();

        // HttpPlatform has the only timeout. Its own logs would be several lines for each delivery.
        services.AddHttpClient(HttpPlatform.ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                // A delivery goes where the operator said, or nowhere.
                AllowAutoRedirect = false,
                UseCookies = false,
                MaxResponseDrainSize = DrainedBytes,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            });
    }
}
