using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Exports;
using Shop.BuildingBlocks.Metrics;
using Shop.Coupons.Campaigns;
using Shop.Coupons.Codes;
using Shop.Coupons.Contracts;
using Shop.Coupons.IssuedCoupons;
using Shop.Coupons.Queue;

namespace Shop.Coupons;

/// <summary>Coupons: first come, first served, at once or through a queue.</summary>
public sealed class CouponsModule : IModule
{
    public string Schema => "coupons";

    public IReadOnlyList<AuditCheck> Checks => CouponChecks.All;

    public IReadOnlyList<PersonalData> PersonalData => CouponPersonalData.All;

    public IReadOnlyList<Metric> Metrics => QueueMetrics.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<CouponsOptions, CouponsOptionsValidator>(configuration, "Coupons");
        services.AddScoped<ICouponLocks, CouponLocks>();
        services.AddScoped<CampaignLocks>();
        services.AddSingleton<RequestStream>();
        services.AddSingleton<UserStreams>();
        services.AddWorker<GenerateCodes>();
        services.AddWorker<ProcessQueues>();
        services.AddWorker<RequestFeed>();
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var coupons = api.MapGroup("/coupons").WithTags("Coupons");
        coupons.MapListOpenCoupons();
        coupons.MapGetCoupon();
        coupons.MapIssueCoupon();
        coupons.MapRequestCoupon();

        var requests = api.MapGroup("/coupon-requests/{requestId:guid}").WithTags("Coupons");
        requests.MapGetRequest();
        requests.MapLeaveQueue();
        requests.MapStreamRequest();

        api.MapGroup("/coupon-codes").WithTags("Coupons").MapRedeemCode();

        api.MapGroup("/users/{userId:long}/coupon-requests").WithTags("Coupons")
            .RequireAuthorization(Policies.Owner).AlsoFor(Permissions.UsersRead)
            .MapListRequests();

        var issued = api.MapGroup("/users/{userId:long}/coupons").WithTags("Coupons")
            .RequireAuthorization(Policies.Owner).AlsoFor(Permissions.UsersRead);
        issued.MapListIssuedCoupons();
        issued.MapGetIssuedCoupon();

        var admin = api.MapGroup("/admin/coupons").WithTags("Coupons").Needs(Permissions.CouponsWrite);
        admin.MapCreateCoupon();
        admin.MapChangeCoupon();
        admin.MapListCoupons();
        admin.MapGrantCoupons();
        admin.MapCreateCode();
        admin.MapListCodes();

        api.MapGroup("/admin/user-coupons").WithTags("Coupons").Needs(Permissions.CouponsWrite).MapRevokeCoupon();
    }
}
