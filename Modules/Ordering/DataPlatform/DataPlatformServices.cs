using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Deliveries;
using Shop.BuildingBlocks.Outbox;

namespace Shop.Ordering.DataPlatform;

internal static class DataPlatformServices
{
    private const string ClientName = "data-platform";

    private const int DrainedBytes = 64 * 1024;

    /// <summary>Over HTTP, into files, or to a broker.</summary>
    public static void AddDataPlatform(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<DataPlatformOptions, DataPlatformOptionsValidator>(configuration, "DataPlatform");
        services.AddStartCheck<DataPlatformOptions>(
            "DataPlatform",
            options => options.KindInUse == PlatformKind.Files ? NdjsonFiles.FaultsOf(options.Directory) : []);
        services.AddSingleton<IReceiver>(
            provider => provider.GetRequiredService<IOptions<DataPlatformOptions>>().Value switch
            {
                { KindInUse: PlatformKind.Http } http => Receiver(provider, http),
                { KindInUse: PlatformKind.RabbitMq } => ActivatorUtilities.CreateInstance<RabbitMqReceiver>(provider),
                _ => ActivatorUtilities.CreateInstance<NdjsonFiles>(provider),
            });
        services.AddSingleton<IOptions<DeliveryOptions>>(
            provider => provider.GetRequiredService<IOptions<DataPlatformOptions>>());
        services.AddSingleton<DeliveryQueue>();
        services.AddWorker<DeliveryWorker>();
        services.AddScoped<IBacklog, DeliveryBacklog>();

        // The receiver has the only timeout. The client's logs would be several lines for each delivery.
        services.AddHttpClient(ClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
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

    private static HttpReceiver Receiver(IServiceProvider provider, DataPlatformOptions options)
    {
        var target = new PostTarget(
            new Uri(options.Endpoint!),
            Signature.TryReadKey(options.Secret, out var key)
                ? new Signature(key)
                : throw new InvalidOperationException("DataPlatform:Secret has not been validated."));
        return new HttpReceiver(
            provider.GetRequiredService<IHttpClientFactory>().CreateClient(ClientName),
            () => target,
            new HttpReceiverSettings("The data platform", options.Timeout, options.Concurrency),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<HttpReceiver>>());
    }
}
