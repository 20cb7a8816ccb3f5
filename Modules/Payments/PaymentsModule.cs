using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Exports;
using Shop.BuildingBlocks.Metrics;
using Shop.Payments.Contracts;
using Shop.Payments.Payments;

namespace Shop.Payments;

/// <summary>Payments of orders out of the wallet.</summary>
public sealed class PaymentsModule : IModule
{
    public string Schema => "payments";

    public IReadOnlyList<PersonalData> PersonalData => PaymentPersonalData.All;

    public IReadOnlyList<Metric> Metrics => PaymentMetrics.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration) =>
        services.AddScoped<IPaymentWriter, PaymentWriter>();

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var payments = api.MapGroup("/payments").WithTags("Payments");
        payments.MapPayOrder();
        payments.MapGetPayment();

        var ofUser = api.MapGroup("/users/{userId:long}/payments").WithTags("Payments")
            .RequireAuthorization(Policies.Owner).AlsoFor(Permissions.OrdersRead);
        ofUser.MapListPayments();
    }
}
