using Shop.BuildingBlocks;

namespace Shop.Host.Identity;

/// <summary>Accounts, sign-ins and tokens.</summary>
internal sealed class IdentityModule : IModule
{
    public string Schema => "identity";

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddAuthentication();
        services.AddDataProtection();
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
    }
}
