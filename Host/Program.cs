using System.Globalization;
using Microsoft.Extensions.Options;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Idempotency;
using Shop.Catalog;
using Shop.Coupons;
using Shop.Host;
using Shop.Host.Api;
using Shop.Host.CommandLine;
using Shop.Host.Health;
using Shop.Host.Pages;
using Shop.Host.Protection;
using Shop.Host.Protection.Bodies;
using Shop.Host.Starting;
using Shop.Host.Telemetry;
using Shop.Identity;
using Shop.Ordering;
using Shop.Payments;
using Shop.Ranking;
using Shop.Wallet;
using Shop.Webhooks;
using Spectre.Console;

IModule[] modules =
[
    new IdentityModule(),
    new WalletModule(),
    new CatalogModule(),
    new CouponsModule(),
    new OrderingModule(),
    new PaymentsModule(),
    new RankingModule(),
    new WebhooksModule(),
];

// Answers, logs and files are the same wherever the host runs: LANG decides nothing.
CultureInfo.CurrentCulture = CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentUICulture = CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;

if (Verbs.Ask(args))
{
    var input = Console.IsInputRedirected ? Console.In : null;
    return await Verbs.RunAsync(args, modules, AnsiConsole.Console, Console.Error, input);
}

return await StartFailure.ReportAsync(Console.Error, () => RunShopAsync(args, modules));

static async Task<int> RunShopAsync(string[] args, IModule[] modules)
{
    // A wrong configuration stops the start before anything is started or changed.
    var builder = ShopServices.CreateBuilder(args, modules, isStart: true);
    builder.UseDefaultAddress();
    using var banner = LoggerFactory.Create(logging => logging
        .AddConfiguration(builder.Configuration.GetSection("Logging"))
        .AddConsole());

    // Outlives the host: workers and requests end first, then the database.
    await using var database = await DatabaseBootstrap.FindAsync(
        builder.Configuration, builder.Environment, banner.CreateLogger("Shop.Database"), CancellationToken.None);

    builder.WebHost.ConfigureKestrel(KestrelLimits.Apply);
    builder.Services.AddDatabase(database.ConnectionString, database.MigrationsConnectionString);
    builder.Services.AddReplica(builder.Configuration.GetConnectionString("ShopReplica"));

    await using var app = builder.Build();
    app.UseRequestSpans();
    app.UseDrain();
    app.UseKnownProxies();
    app.UseAccessLog();
    app.UseHttpConventions();
    app.UseProxiesAndCors();
    app.UseRequestBodies();
    // Inside the exception handler, which would take the end of a request's time for its client's going away.
    app.UseRequestDeadlines();
    app.UsePages();
    app.MapApiDocument();
    app.UseAuthentication();
    app.UseAuthorization();
    app.UseRateLimits();
    app.UseUploads();
    app.UseOverloadProtection();
    app.UseIdempotencyKeys();
    app.UseActivity();
    app.UseLogPositions();
    app.MapHealth();
    var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.SignedIn).AnswerHead().LimitReads();
    foreach (var module in modules)
        module.MapEndpoints(api);
    api.MapOperations();

    app.Services.GetRequiredService<IStartupValidator>().Validate();
    app.AnnounceStart(database);
    var migrator = app.Services.GetRequiredService<Migrator>();
    if (app.Services.GetRequiredService<IOptions<DatabaseOptions>>().Value.MigrateOnStart)
        await migrator.MigrateAsync(app.Lifetime.ApplicationStopping);
    else
        await migrator.PrepareAsync(app.Lifetime.ApplicationStopping);
    await app.RunAsync();
    return 0;
}
