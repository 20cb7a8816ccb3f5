using System.Net;

namespace Shop.Webhooks;

/// <summary>The section <c>Webhooks</c>. Timeouts and retries are those of <c>DataPlatform</c>.</summary>
internal sealed class WebhooksOptions
{
    /// <summary>Inner networks that webhooks may be in, by CIDR: <c>10.1.0.0/16</c>.</summary>
    public string[] AllowedNetworks { get; set; } = [];

    /// <summary>How long deliveries that have arrived are listed.</summary>
    public TimeSpan KeepDelivered { get; set; } = TimeSpan.FromDays(1);
}

internal sealed class WebhooksOptionsValidator : AbstractValidator<WebhooksOptions>
{
    private const int MaximumNetworks = 100;

    public WebhooksOptionsValidator()
    {
        RuleFor(options => options.AllowedNetworks)
            .Must(networks => networks.Length <= MaximumNetworks)
            .WithMessage($"Has at most {MaximumNetworks} networks.");
        RuleForEach(options => options.AllowedNetworks)
            .Must(network => IPNetwork.TryParse(network, out _))
            .WithMessage("Must be a network such as 10.1.0.0/16 or fd00::/8.");
        RuleFor(options => options.KeepDelivered).InclusiveBetween(TimeSpan.FromMinutes(1), TimeSpan.FromDays(90));
    }
}
