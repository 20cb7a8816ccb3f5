using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks.Audit;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Exports;
using Shop.BuildingBlocks.Metrics;
using Shop.Wallet.Contracts;
using Shop.Wallet.TopUps;
using Shop.Wallet.TopUps.Providers;
using Shop.Wallet.Wallets;

namespace Shop.Wallet;

/// <summary>Prepaid balances and their ledger.</summary>
public sealed class WalletModule : IModule
{
    // Bytes of a provider's answer.
    private const int LongestAnswer = 256 * 1024;

    public string Schema => "wallet";

    public IReadOnlyList<string> AppendOnlyTables => ["ledger"];

    public IReadOnlyList<AuditCheck> Checks => WalletChecks.All;

    public IReadOnlyList<PersonalData> PersonalData => WalletPersonalData.All;

    public IReadOnlyList<Metric> Metrics => TopUpMetrics.All;

    public void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<WalletOptions, WalletOptionsValidator>(configuration, "Wallet");
        services.AddScoped<WalletLocks>();
        services.AddScoped<DailyCharges>();
        AddTopUps(services, configuration);
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

        var exports = api.MapGroup("/admin/exports").WithTags("Wallet").Needs(Permissions.WalletAdjust);
        exports.MapExportLedger();

        var ofUser = api.MapGroup("/users/{userId:long}/top-ups")
            .WithTags("Wallet")
            .RequireAuthorization(Policies.Owner);
        ofUser.MapCreateTopUp();
        ofUser.MapListTopUps();
        var topUps = api.MapGroup("/top-ups").WithTags("Wallet");
        topUps.MapGetTopUp();
        topUps.MapConfirmTopUp();
        api.MapReceivePaymentEvent();
        if (api.ServiceProvider.GetRequiredService<IOptions<TopUpOptions>>().Value.Provider == TopUpProvider.Fake)
            api.MapPayAtFake();
    }

    private static void AddTopUps(IServiceCollection services, IConfiguration configuration)
    {
        services.AddValidatedOptions<TopUpOptions>(
            configuration, "Wallet:TopUps", environment => new TopUpStartCheck(environment));
        services.AddSingleton<FakeProvider>();
        services.AddSingleton<TossProvider>();
        services.AddSingleton<ProviderCalls>();
        services.AddSingleton<TopUpSettling>();
        services.AddScoped<TopUpClosing>();
        services.AddSingleton<PaymentEventSignal>();
        services.AddWorker<LookUpTopUps>();

        // ProviderCalls has the only timeout.
        services.AddHttpClient(TossProvider.ClientName, client =>
            {
                client.Timeout = Timeout.InfiniteTimeSpan;
                client.MaxResponseContentBufferSize = LongestAnswer;
            })
            .RemoveAllLoggers()
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            });
    }
}
