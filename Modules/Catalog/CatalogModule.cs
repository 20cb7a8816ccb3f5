using Dapper;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Exports;
using Shop.BuildingBlocks.Metrics;
using Shop.Catalog.Categories;
using Shop.Catalog.Contracts;
using Shop.Catalog.Imports;
using Shop.Catalog.Products;
using Shop.Catalog.Products.Search;
using Shop.Catalog.Stock;

namespace Shop.Catalog;

/// <summary>Products and their stock.</summary>
public sealed class CatalogModule : IModule
{
    public string Schema => "catalog";

    public IReadOnlyList<AuditCheck> Checks { get; } = [.. StockChecks.All, .. ProductChecks.All];

    public IReadOnlyList<Metric> Metrics => StockMetrics.All;

    public IReadOnlyList<PersonalData> PersonalData => StockPersonalData.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddScoped<StockLocks>();
        services.AddScoped<IStockLocks>(scope => scope.GetRequiredService<StockLocks>());
        SqlMapper.AddTypeHandler(new ProductImages());
        services.AddValidatedOptions<CatalogOptions, CatalogOptionsValidator>(configuration, "Catalog");
        services.AddValidatedOptions<SearchOptions, SearchOptionsValidator>(configuration, "Catalog:Search");
        services.AddSingleton<SearchLimiter>();
        services.AddWorker<ApplyImports>();
        services.AddWorker<ClearImports>();
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var products = api.MapGroup("/products").WithTags("Catalog").AllowAnonymous();
        products.MapListProducts();
        products.MapGetProduct();
        products.MapSuggestProducts();
        api.MapGroup("/categories").WithTags("Catalog").AllowAnonymous().MapListCategories();

        var admin = api.MapGroup("/admin/products").WithTags("Catalog").Needs(Permissions.CatalogWrite);
        admin.MapCreateProduct();
        admin.MapChangeProduct();
        admin.MapAdjustStock();
        admin.MapListStockMovements();

        var categories = api.MapGroup("/admin/categories").WithTags("Catalog").Needs(Permissions.CatalogWrite);
        categories.MapCreateCategory();
        categories.MapChangeCategory();

        var imports = api.MapGroup("/admin/imports").WithTags("Catalog").Needs(Permissions.CatalogWrite);
        imports.MapImportProducts();
        imports.MapGetImport();
        api.MapGroup("/admin/exports").WithTags("Catalog").Needs(Permissions.CatalogWrite).MapExportProducts();
    }
}
