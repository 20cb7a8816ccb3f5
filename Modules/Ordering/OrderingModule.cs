using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Exports;
using Shop.BuildingBlocks.Metrics;
using Shop.Ordering.Carts;
using Shop.Ordering.Contracts;
using Shop.Ordering.DataPlatform;
using Shop.Ordering.Orders;
using Shop.Ordering.Orders.Placing;
using Shop.Ordering.Orders.Refunding;

namespace Shop.Ordering;

/// <summary>Carts, orders, and what the data platform is told of them.</summary>
public sealed class OrderingModule : IModule
{
    public string Schema => "ordering";

    public IReadOnlyList<AuditCheck> Checks => OrderChecks.All;

    public IReadOnlyList<PersonalData> PersonalData => OrderPersonalData.All;

    public IReadOnlyList<Metric> Metrics => OrderMetrics.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<OrderingOptions, OrderingOptionsValidator>(configuration, "Ordering");
        services.AddScoped<OrderLocks>();
        services.AddScoped<IOrderLocks>(scope => scope.GetRequiredService<OrderLocks>());
        services.AddScoped<NewOrders>();
        services.AddScoped<OpenOrdersReader>();
        services.AddScoped<CartLocks>();
        services.AddScoped<CartReader>();
        services.AddWorker<ExpireOrders>();

        services.AddDataPlatform(configuration);
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var orders = api.MapGroup("/orders").WithTags("Orders");
        orders.MapPlaceOrder();
        orders.MapQuoteOrder();
        orders.MapGetOrder();
        orders.MapCancelOrder();
        orders.MapRefundItems();
        orders.MapListRefunds();
        api.MapCheckout();

        var ofUser = api.MapGroup("/users/{userId:long}/orders").WithTags("Orders")
            .RequireAuthorization(Policies.Owner).AlsoFor(Permissions.OrdersRead);
        ofUser.MapListOrders();

        var admin = api.MapGroup("/admin/orders").WithTags("Orders").Needs(Permissions.OrdersRead);
        admin.MapListAllOrders();
        admin.MapFulfilOrder();

        var exports = api.MapGroup("/admin/exports").WithTags("Orders").Needs(Permissions.OrdersRead);
        exports.MapExportOrders();

        var cart = api.MapGroup("/users/{userId:long}/cart").WithTags("Cart").RequireAuthorization(Policies.Owner);
        cart.MapGetCart();
        cart.MapAddToCart();
        cart.MapSetInCart();
        cart.MapTakeOutOfCart();
        cart.MapClearCart();
    }
}
