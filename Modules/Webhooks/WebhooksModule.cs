using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Outbox;
using Shop.Webhooks.Deliveries;
using Shop.Webhooks.Subscriptions;

namespace Shop.Webhooks;

/// <summary>Receivers outside the shop that subscribe to its events by API.</summary>
public sealed class WebhooksModule : IModule
{
    public string Schema => "webhooks";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<WebhooksOptions, WebhooksOptionsValidator>(configuration, "Webhooks");
        services.AddScoped<NewDeliveries>();
        services.AddSingleton<InnerNetworks>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<WebhookTests>();
        services.AddWorker<WebhookWorker>();
        services.AddWorker<ClearDeliveries>();
        services.AddScoped<IBacklog, WebhookBacklog>();
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var webhooks = api.MapGroup("/admin/webhooks").WithTags("Webhooks").Needs(Permissions.OperationsWrite);
        webhooks.MapCreateWebhook();
        webhooks.MapListWebhooks();
        var webhook = webhooks.MapGroup("/{webhookId:guid}");
        webhook.MapGetWebhook();
        webhook.MapChangeWebhook();
        webhook.MapDeleteWebhook();
        webhook.MapRenewWebhookSecret();
        webhook.MapTestWebhook();
        webhook.MapListWebhookDeliveries();
    }
}
