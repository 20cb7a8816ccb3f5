using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Host.Operations;
using Shop.Host.Protection;
using Shop.Host.Protection.Bodies;

namespace Shop.Host;

internal static class ShopServices
{
    /// <summary>All that the shop is made of, whether it is run or a verb of the command line works with it.</summary>
    public static void AddShop(this WebApplicationBuilder builder, IReadOnlyList<IModule> modules, DatabaseAtHand database)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddDatabase(database.ConnectionString, builder.Configuration);
        builder.Services.AddHttpConventions();
        builder.Services.AddValidatedOptions<ShopOptions, ShopOptionsValidator>(builder.Configuration, "Shop");
        builder.Services.AddModules(modules, builder.Configuration);
        builder.Services.AddOverloadProtection(builder.Configuration);
        builder.Services.AddRateLimiting(builder.Configuration);
        builder.Services.AddEdge(builder.Configuration);
        builder.Services.AddRequestBodies();
        builder.Services.AddOperations(builder.Configuration);
        builder.Services.AddHealth();
        builder.Services.AddApiDocument();
        builder.Services.AddTelemetryExport(builder.Configuration);
    }
}
