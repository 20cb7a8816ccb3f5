using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Shop.Host.Starting;

/// <summary>Tells whoever started the shop what they need next.</summary>
internal static class StartupBanner
{
    public static void AnnounceStart(
        this WebApplication app, DatabaseBootstrap database) => app.Lifetime.ApplicationStarted.Register(() =>
    {
        app.Logger.LogInformation("Database: {Database}", database.Description);
        if (ServerTls.WarningOf(database.ConnectionString) is { } warning)
            app.Logger.LogWarning("{Warning}", warning);
        var features = app.Services.GetRequiredService<IServer>().Features;
        foreach (var address in features.Get<IServerAddressesFeature>()?.Addresses ?? [])
            app.Logger.LogInformation("The shop is open at {Address} (API {Address}/docs)", address, address);
    });
}
