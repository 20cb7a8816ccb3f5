using System.Collections.Frozen;
using System.Runtime.InteropServices;
using System.Security.Claims;
using FluentValidation;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection;

/// <summary>
/// The section <c>RateLimiting</c>. Limits are for each instance. Networks get much, since whole offices share one; a
/// guesser at one account meets the lock-out of its e-mail long before.
/// </summary>
internal sealed class RateLimitingOptions
{
    public bool Enabled { get; set; } = true;

    public RateLimit SignIn { get; set; } = new() { Permits = 6_000, Window = TimeSpan.FromMinutes(1) };

    public RateLimit Registration { get; set; } = new() { Permits = 6_000, Window = TimeSpan.FromMinutes(1) };

    public RateLimit Coupons { get; set; } = new() { Permits = 300, Window = TimeSpan.FromSeconds(10) };

    public RateLimit Charges { get; set; } = new() { Permits = 300, Window = TimeSpan.FromSeconds(10) };

    public RateLimit Carts { get; set; } = new() { Permits = 1_200, Window = TimeSpan.FromSeconds(10) };

    public RateLimit Orders { get; set; } = new() { Permits = 1_200, Window = TimeSpan.FromSeconds(10) };

    public RateLimit Payments { get; set; } = new() { Permits = 1_200, Window = TimeSpan.FromSeconds(10) };

    public RateLimit PaymentEvents { get; set; } = new() { Permits = 300, Window = TimeSpan.FromSeconds(10) };

    public RateLimit Reads { get; set; } = new() { Permits = 300_000, Window = TimeSpan.FromMinutes(1) };

    /// <summary>All requests of an API key, which acts for a whole storefront.</summary>
    public RateLimit ApiKeys { get; set; } = new() { Permits = 100_000, Window = TimeSpan.FromSeconds(10) };

    /// <summary>
    /// Commands of a user with an Idempotency-Key, besides their own limit: they may keep a response.
    /// </summary>
    public RateLimit Keys { get; set; } = new() { Permits = 20_000, Window = TimeSpan.FromDays(1) };

    /// <summary>Request bodies of one network that are still arriving half a second after their headers.</summary>
    public int UnfinishedBodies { get; set; } = 64;
}

/// <summary>So many at once, and evenly as many again in each window.</summary>
internal sealed class RateLimit
{
    public int Permits { get; set; }

    public TimeSpan Window { get; set; }
}

internal sealed class RateLimitingOptionsValidator : AbstractValidator<RateLimitingOptions>
{
    public RateLimitingOptionsValidator()
    {
        RuleFor(options => options.SignIn).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Registration).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Coupons).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Charges).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Carts).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Orders).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Payments).SetValidator(new RateLimitValidator());
        RuleFor(options => options.PaymentEvents).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Reads).SetValidator(new RateLimitValidator());
        RuleFor(options => options.ApiKeys).SetValidator(new RateLimitValidator());
        RuleFor(options => options.Keys).SetValidator(new RateLimitValidator());

        RuleFor(options => options.UnfinishedBodies).InclusiveBetween(1, 100_000);
    }

    private sealed class RateLimitValidator : AbstractValidator<RateLimit>
    {
        public RateLimitValidator()
        {
            RuleFor(limit => limit.Permits).InclusiveBetween(1, 1_000_000);
            RuleFor(limit => limit.Window).InclusiveBetween(TimeSpan.FromSeconds(1), TimeSpan.FromDays(1));
        }
    }
}

/// <summary>
/// Refuses requests beyond the limit that their endpoint names (<see cref="RateLimits"/>). A middleware of its own
/// reads what <c>RequireRateLimiting</c> puts on an endpoint: the framework's allocates for each request, and a timer
/// of its limiters walks all callers ten times a second under a lock that each request takes (decision 12).
/// </summary>
internal sealed class RateLimiter(IOptions<RateLimitingOptions> options, TimeProvider time)
{
    private enum CallerKind
    {
        Network,
        User,
    }

    private readonly FrozenDictionary<string, TokenBuckets> limits = new (string Name, RateLimit Limit)[]
    {
        (RateLimits.SignIn, options.Value.SignIn),
        (RateLimits.Registration, options.Value.Registration),
        (RateLimits.Coupons, options.Value.Coupons),
        (RateLimits.Charges, options.Value.Charges),
        (RateLimits.Carts, options.Value.Carts),
        (RateLimits.Orders, options.Value.Orders),
        (RateLimits.Payments, options.Value.Payments),
        (RateLimits.PaymentEvents, options.Value.PaymentEvents),
        (RateLimits.Reads, options.Value.Reads),
    }.ToFrozenDictionary(limit => limit.Name, limit => new TokenBuckets(limit.Limit.Permits, limit.Limit.Window, time));

    private readonly TokenBuckets apiKeys =
        new(options.Value.ApiKeys.Permits, options.Value.ApiKeys.Window, time);

    private readonly TokenBuckets keys = new(options.Value.Keys.Permits, options.Value.Keys.Window, time);

    public Task LimitAsync(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>()?.PolicyName is not { } name
            || HashOf(http, name) is not { } caller
            || (IsApiKey(http) && name != RateLimits.SignIn
                ? apiKeys.TryTake(caller, out var pause)
                : limits[name].TryTake(caller, out pause) && (!HasKey(http) || keys.TryTake(caller, out pause))))
            return next(http);
        return new Problem(
            HttpErrors.OfStatus(StatusCodes.Status429TooManyRequests) with { RetryAfter = pause }).WriteAsync(http);
    }

    private static bool IsApiKey(HttpContext http) => Caller.IfSignedIn(http.User)?.Type == CallerType.ApiKey;

    private static bool HasKey(HttpContext http) =>
        HttpMethods.IsPost(http.Request.Method)
        && http.User.Identity?.IsAuthenticated == true
        && http.Request.Headers.ContainsKey(HonoursIdempotencyKey.Header);

    // A sign-in is limited by network whoever seems to be signed in: a guesser may send a token with it. For the rest
    // users who may act for others have no limit, since they act for whole storefronts.
    private static int? HashOf(HttpContext http, string limit)
    {
        if (limit == RateLimits.SignIn || http.User.Identity?.IsAuthenticated != true)
            return ClientNetwork.Of(http).GetHashCode();
        var caller = Caller.Of(http.User);
        return caller.Type == CallerType.User && caller.Has(Permissions.UsersActFor) ? null : HashOf(caller.Number);
    }

    // Keyed with a secret of the process (Marvin), like that of a network, which a user's never equals by intention.
    private static int HashOf(long userId)
    {
        ReadOnlySpan<long> key = [userId];
        return string.GetHashCode(MemoryMarshal.Cast<long, char>(key), StringComparison.Ordinal);
    }
}

internal static class RateLimiting
{
    public static void AddRateLimiting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<RateLimitingOptions, RateLimitingOptionsValidator>(configuration, "RateLimiting");
        services.AddSingleton<RateLimiter>();
    }

    /// <summary>Behind authentication, which says who is calling.</summary>
    public static void UseRateLimits(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<RateLimitingOptions>>().Value.Enabled)
            app.Use(app.Services.GetRequiredService<RateLimiter>().LimitAsync);
    }

    /// <summary>Every GET that names no other limit has that of reads.</summary>
    public static RouteGroupBuilder LimitReads(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Finally(endpoint =>
        {
            var methods = endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];
            if (methods.Contains(HttpMethods.Get) && !endpoint.Metadata.OfType<EnableRateLimitingAttribute>().Any())
                endpoint.Metadata.Add(new EnableRateLimitingAttribute(RateLimits.Reads));
        });
        return group;
    }
}
