using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.ModuleName.NounName;

namespace Shop.ModuleName;

/// <summary>The module's subject, in one line.</summary>
public sealed class ModuleNameModule : IModule
{
    public string Schema => "modulename";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        // Handlers and validators are found by scanning. Options, locks and workers are registered here.
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var admin = api.MapGroup("/admin/modulename").WithTags("ModuleName").Needs(Permissions.CatalogWrite);
        admin.MapAddNounName();
        admin.MapGetNounName();
    }
}
