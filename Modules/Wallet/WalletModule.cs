using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Audit;
using Shop.Wallet.Contracts;
using Shop.Wallet.Wallets;

namespace Shop.Wallet;

/// <summary>Prepaid balances and their ledger.</summary>
public sealed class WalletModule : IModule
{
    public string Schema => "wallet";

    public IReadOnlyList<AuditCheck> Checks => WalletChecks.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<WalletOptions, WalletOptionsValidator>(configuration, "Wallet");
        services.AddScoped<WalletLocks>();
        services.AddScoped<DailyCharges>();
        services.AddScoped<IWalletLocks>(scope => scope.GetRequiredService<WalletLocks>());
    }

    public void MapEndpoints(IEndpointRouteBuilder api)
    {
        var balance = api.MapGroup("/users/{userId:long}/balance")
            .WithTags("Wallet")
            .RequireAuthorization(Policies.Owner);
        balance.MapChargeWallet();
        balance.MapGetBalance();
        balance.MapGetHistory();

        var admin = api.MapGroup("/admin/users/{userId:long}/balance")
            .WithTags("Wallet")
            .Needs(Permissions.WalletAdjust);
        admin.MapAdjustWallet();
    }
}
