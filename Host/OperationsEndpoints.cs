using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Http;
using Shop.Host.Audit;
using Shop.Host.Exports;
using Shop.Host.Outbox;
using Shop.Host.Overview;
using Shop.Host.Telemetry;

namespace Shop.Host;

/// <summary>Endpoints for operators.</summary>
internal static class OperationsEndpoints
{
    public static void AddOperations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<AuditOptions, AuditOptionsValidator>(configuration, "Audit");
        services.AddSingleton<AuditChecks>();
        services.AddSingleton<UserExport>();
        services.AddSingleton<ErrorCounts>();
        services.AddSingleton<OverviewPermits>();
        services.AddSingleton<PastDays>();
        services.AddScoped<ShopDays>();
    }

    public static void MapOperations(this IEndpointRouteBuilder api)
    {
        api.MapExportUser();
        api.MapGroup("/admin").MapGetOverview();

        var admin = api.MapGroup("/admin").WithTags("Operations").Needs(Permissions.OperationsRead);
        admin.MapRunAudit();
        admin.MapGetFigures();

        var outbox = admin.MapGroup("/outbox");
        outbox.MapGetOutbox();
        var letters = outbox.MapGroup("/dead-letters");
        letters.MapListDeadLetters();
        letters.MapRetryDeadLetter();
        letters.MapRetryDeadLetters();
        letters.MapDiscardDeadLetter();
    }
}
