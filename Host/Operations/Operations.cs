using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Shop.BuildingBlocks.Database;

namespace Shop.Host.Operations;

/// <summary>What operators and developers look at: health, the API's description, where the shop listens.</summary>
internal static class Operations
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddHealthChecks();
        return services;
    }

    public static void MapOperations(this WebApplication app)
    {
        app.MapHealthChecks("/health/live").AllowAnonymous();
    }

    public static void AnnounceStart(this WebApplication app, DatabaseAtHand database) =>
        app.Logger.LogInformation("The database is {Database}", database.Description);
}
