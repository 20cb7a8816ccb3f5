using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.Host.Identity;
using Shop.Host.Operations;
using Shop.Ordering;
using Shop.Payments;
using Shop.Wallet;

IModule[] modules =
[
    new IdentityModule(),
    new WalletModule(),
    new OrderingModule(),
    new PaymentsModule(),
];

var builder = WebApplication.CreateBuilder(args);
await using var database = await DatabaseAtHand.FindAsync(builder.Configuration, builder.Environment);

builder.WebHost.ConfigureKestrel(Limits.Apply);
builder.Services.TryAddSingleton(TimeProvider.System);
builder.Services.AddDatabase(database.ConnectionString);
builder.Services.AddHttpConventions();
builder.Services.AddModules(modules, builder.Configuration);
builder.Services.AddOperations();

var app = builder.Build();
app.UseHttpConventions();
app.UseAuthentication();
app.UseAuthorization();
app.MapOperations();
var api = app.MapGroup("/api/v1").RequireAuthorization(Policies.SignedIn);
foreach (var module in modules)
    module.MapEndpoints(api);

await app.Services.GetRequiredService<Migrator>().MigrateAsync(app.Lifetime.ApplicationStopping);
app.AnnounceStart(database);
await app.RunAsync();
