using System.Threading.RateLimiting;
using FluentValidation;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;

namespace Shop.Host.Protection;

/// <summary>
/// The section <c>RateLimiting</c>. Limits are for each instance. Addresses get much, since whole offices share one; who guesses at one account meets
/// the lock-out of its e-mail long before.
/// </summary>
internal sealed class RateLimitingOptions
{
    public bool Enabled { get; set; } = true;

    public RateLimit SignIn { get; set; } = new() { Permits = 6_000, Window = TimeSpan.FromMinutes(1) };

    public RateLimit Registration { get; set; } = new() { Permits = 6_000, Window = TimeSpan.FromMinutes(1) };

    public RateLimit Coupons { get; set; } = new() { Permits = 300, Window = TimeSpan.FromSeconds(10) };

    public RateLimit Charges { get; set; } = new() { Permits = 300, Window = TimeSpan.FromSeconds(10) };
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

internal static class RateLimiting
{
    // Callers are kept apart by a hash with a secret of this process, so that memory is bounded whoever calls from however many addresses. Two in one
    // place share its limit, which is far from what a person needs.
    private const uint Places = 65_536;

    public static void AddRateLimiting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<RateLimitingOptions, RateLimitingOptionsValidator>(configuration, "RateLimiting");
        services.AddRateLimiter(limiter => limiter.OnRejected = RefuseAsync);
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitingOptions>>((limiter, options) =>
        {
            var limits = options.Value;
            Add(RateLimits.SignIn, limits.SignIn);
            Add(RateLimits.Registration, limits.Registration);
            Add(RateLimits.Coupons, limits.Coupons);
            Add(RateLimits.Charges, limits.Charges);

            void Add(string name, RateLimit limit) => limiter.AddPolicy(name, http => limits.Enabled ? PlaceOf(http, limit) : RateLimitPartition.GetNoLimiter(0u));
        });
    }

    // Administrators act for whole storefronts.
    private static RateLimitPartition<uint> PlaceOf(HttpContext http, RateLimit limit)
    {
        var caller = http.User.Identity?.IsAuthenticated == true ? Caller.Of(http.User) : null;
        if (caller is { IsAdmin: true })
            return RateLimitPartition.GetNoLimiter(Places);

        var hash = caller is null ? ClientNetwork.Of(http).GetHashCode() : $"user {caller.UserId}".GetHashCode(StringComparison.Ordinal);
        return RateLimitPartition.GetTokenBucketLimiter(
            (uint)hash % Places,
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = limit.Permits,
                TokensPerPeriod = 1,
                ReplenishmentPeriod = limit.Window / limit.Permits,
                QueueLimit = 0,
            });
    }

    private static async ValueTask RefuseAsync(OnRejectedContext rejected, CancellationToken ct)
    {
        var pause = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var until) ? until : TimeSpan.FromSeconds(1);
        await (Problem.OfStatus(StatusCodes.Status429TooManyRequests) with { RetryAfter = pause }).WriteAsync(rejected.HttpContext);
    }
}
