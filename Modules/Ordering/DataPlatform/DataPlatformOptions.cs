using FluentValidation.Results;
using Shop.BuildingBlocks.Deliveries;

namespace Shop.Ordering.DataPlatform;

/// <summary>The form of the data platform.</summary>
internal enum PlatformKind
{
    Http,
    Files,
    RabbitMq,
}

/// <summary>The section <c>DataPlatform</c>.</summary>
internal sealed class DataPlatformOptions : DeliveryOptions
{
    /// <summary>Null: HTTP where there is an endpoint, else files.</summary>
    public PlatformKind? Kind { get; set; }

    /// <summary>Where deliveries are posted to; not set, they are appended to files.</summary>
    public string? Endpoint { get; set; }

    /// <summary>The signing secret: <c>whsec_</c> and a key in base64. Needed where there is an endpoint.</summary>
    public string? Secret { get; set; }

    /// <summary>Where the NDJSON files go, relative to the working directory.</summary>
    public string Directory { get; set; } = "data/platform";

    /// <summary>Bytes after which a process starts a new file.</summary>
    public long MaximumFileSize { get; set; } = 64 * 1024 * 1024;

    /// <summary>The broker, <c>amqps://user:password@host/virtual-host</c>. Needed for <c>RabbitMq</c>.</summary>
    public string? Broker { get; set; }

    /// <summary>The broker's exchange, which its operator makes and binds.</summary>
    public string Exchange { get; set; } = "shop.orders";

    public PlatformKind KindInUse =>
        Kind ?? (string.IsNullOrEmpty(Endpoint) ? PlatformKind.Files : PlatformKind.Http);

    public bool IsOverHttp => KindInUse == PlatformKind.Http;
}

internal sealed class DataPlatformOptionsValidator : AbstractValidator<DataPlatformOptions>
{
    public DataPlatformOptionsValidator()
    {
        RuleFor(options => options.Endpoint)
            .Custom((_, check) => CheckEndpoint(check))
            .When(options => options.IsOverHttp);
        RuleFor(options => options.Broker)
            .Must(IsBroker).WithMessage("Must be an address such as amqps://user:password@host/virtual-host.")
            .When(options => options.KindInUse == PlatformKind.RabbitMq);
        RuleFor(options => options.Exchange).NotEmpty().MaximumLength(255);
        RuleFor(options => options.Secret).Custom((_, check) => CheckSecret(check)).When(options => options.IsOverHttp);
        RuleFor(options => options.Timeout).InclusiveBetween(TimeSpan.FromMilliseconds(50), TimeSpan.FromMinutes(5));
        RuleFor(options => options.Concurrency).InclusiveBetween(1, 256);
        RuleFor(options => options.Directory).NotEmpty();
        RuleFor(options => options.MaximumFileSize).InclusiveBetween(1_024, 1L << 40);
        RuleFor(options => options.MaxAttempts).InclusiveBetween(1, 100);
        RuleFor(options => options.RetryDelay).GreaterThan(TimeSpan.Zero);
        RuleFor(options => options.MaxRetryDelay).GreaterThanOrEqualTo(options => options.RetryDelay);
    }

    private static bool IsBroker(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var broker)
        && broker is { Scheme: "amqp" or "amqps", Host: not "" };

    // The messages are written by hand: they must not quote a secret, or an address that holds one.
    private static void CheckEndpoint(ValidationContext<DataPlatformOptions> check)
    {
        if (!Uri.TryCreate(check.InstanceToValidate.Endpoint, UriKind.Absolute, out var endpoint)
            || endpoint.Scheme is not ("http" or "https"))
            check.AddFailure(
                new ValidationFailure(
                    nameof(DataPlatformOptions.Endpoint), "Must be an absolute http or https address."));
        else if (endpoint.UserInfo.Length > 0)
            check.AddFailure(
                new ValidationFailure(
                    nameof(DataPlatformOptions.Endpoint),
                    "Must not hold a user name or password: deliveries are signed with DataPlatform:Secret."));
    }

    private static void CheckSecret(ValidationContext<DataPlatformOptions> check)
    {
        if (!Signature.TryReadKey(check.InstanceToValidate.Secret, out var key) || key.Length < Signature.MinKeyBytes)
            check.AddFailure(new ValidationFailure(
                nameof(DataPlatformOptions.Secret),
                $"Must be whsec_ followed by a key of at least {Signature.MinKeyBytes} bytes in base64; " +
                "it is needed where there is a DataPlatform:Endpoint."));
    }
}
