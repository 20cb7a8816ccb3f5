using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Background;
using Shop.Ranking.Lists;
using Shop.Ranking.Sales;

namespace Shop.Ranking;

/// <summary>Best sellers: counted from the events of orders, read from lists that are computed ahead.</summary>
public sealed class RankingModule : IModule
{
    public string Schema => "ranking";

    public IReadOnlyList<AuditCheck> Checks => RankingChecks.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<RankingOptions, RankingOptionsValidator>(configuration, "Ranking");
        services.AddScoped<PopularLists>();
        services.AddSingleton<ListCache>();
        services.AddSingleton<CategoryLists>();
        services.AddScoped<IStartupStep, RecordTimeZone>();
        services.AddScoped<IStartupStep, ListsAtStart>();
        services.AddWorker<ComputeLists>();
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var products = api.MapGroup("/products").WithTags("Ranking");
        products.MapGetPopular();

        var admin = api.MapGroup("/admin/ranking").WithTags("Ranking").Needs(Permissions.OperationsWrite);
        admin.MapRecomputeLists();
    }
}
