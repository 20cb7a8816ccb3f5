using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Shop.Wallet.TopUps;

internal enum TopUpProvider
{
    None,
    Fake,
    Toss,
}

/// <summary>The section <c>Wallet:TopUps</c>.</summary>
internal sealed class TopUpOptions
{
    /// <summary>
    /// The provider that takes the money. <c>Fake</c> takes none, and stops the start outside Development.
    /// </summary>
    public TopUpProvider Provider { get; set; }

    /// <summary>In which a top-up can be confirmed.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Between two questions to the provider about a confirm whose answer was lost.</summary>
    public TimeSpan LookupInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long one call to the provider may take.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Top-ups of one user that may be PENDING; then 409.</summary>
    public int MaximumPending { get; set; } = 100;

    /// <summary>Confirms of one host under way at once; a customer has an eighth of them.</summary>
    public int Concurrency { get; set; } = 64;

    public FakeProviderOptions Fake { get; set; } = new();

    public TossOptions Toss { get; set; } = new();

    /// <summary>
    /// A lease outlives the two calls that a confirm makes; then the host that took it is taken for dead.
    /// </summary>
    public TimeSpan Lease => 2 * Timeout + TimeSpan.FromSeconds(10);
}

internal sealed class FakeProviderOptions
{
    public FakeBehaviour Behaviour { get; set; }
}

internal enum FakeBehaviour
{
    Normal,

    /// <summary>Takes the money at once, and answers after five seconds.</summary>
    Slow,

    /// <summary>Never answers.</summary>
    Down,

    /// <summary>Takes the money twice, under two ids.</summary>
    PaysTwice,

    /// <summary>Tells another amount than it took.</summary>
    WrongAmount,
}

internal sealed class TossOptions
{
    public string BaseAddress { get; set; } = "https://api.tosspayments.com";

    /// <summary>Public: the storefront's page opens the payment window with it.</summary>
    public string? ClientKey { get; set; }

    public string? SecretKey { get; set; }
}

internal sealed class TopUpOptionsValidator : AbstractValidator<TopUpOptions>
{
    public TopUpOptionsValidator()
    {
        RuleFor(options => options.Provider).IsInEnum();
        RuleFor(options => options.Lifetime).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        RuleFor(options => options.LookupInterval).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        RuleFor(options => options.Timeout).InclusiveBetween(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(14));
        RuleFor(options => options.MaximumPending).InclusiveBetween(1, 10_000);
        RuleFor(options => options.Concurrency).InclusiveBetween(8, 10_000);
        RuleFor(options => options.Fake.Behaviour).IsInEnum();
        When(options => options.Provider == TopUpProvider.Toss, () =>
        {
            RuleFor(options => options.Toss.BaseAddress)
                .Must(address => Uri.TryCreate(address, UriKind.Absolute, out var uri)
                    && uri.Scheme is "https" or "http")
                .WithMessage("Is no address of http or https.");
            RuleFor(options => options.Toss.ClientKey).NotEmpty();
            RuleFor(options => options.Toss.SecretKey).NotEmpty();
        });
    }
}

/// <summary>The Fake provider gives money away: in Development alone.</summary>
internal sealed class TopUpStartCheck(IHostEnvironment environment) : IValidateOptions<TopUpOptions>
{
    public ValidateOptionsResult Validate(string? name, TopUpOptions options)
    {
        var failures = new TopUpOptionsValidator().Validate(options).Errors
            .ConvertAll(failure => $"Wallet:TopUps:{failure.PropertyName.Replace('.', ':')}: {failure.ErrorMessage}");
        if (options.Provider == TopUpProvider.Fake && !environment.IsDevelopment())
            failures.Add("Wallet:TopUps:Provider: Fake takes no money, so it is for Development alone.");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
