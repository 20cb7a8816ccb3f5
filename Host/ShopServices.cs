using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Http;
using Shop.BuildingBlocks.Settings;
using Shop.Host.Api;
using Shop.Host.Health;
using Shop.Host.Pages;
using Shop.Host.Protection;
using Shop.Host.Protection.Bodies;
using Shop.Host.Protection.Connections;
using Shop.Host.Starting;
using Shop.Host.Telemetry;
using Shop.Identity.Users;

namespace Shop.Host;

internal static class ShopServices
{
    /// <summary>
    /// The program's builder with all that the shop is made of but its database, whether it is run or a verb of the
    /// command line works with it, and with every setting checked.
    /// </summary>
    /// <param name="isStart">Whether the shop is to run.</param>
    /// <exception cref="ConfigurationException">Something is configured wrongly.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args, IReadOnlyList<IModule> modules, bool isStart)
    {
        var builder = ReadSettings(args);
        // A build output has its pages in the project, in every environment.
        builder.WebHost.UseStaticWebAssets();
        builder.AddSecretFiles();
        // The first of the startup steps. A verb may have come to mend what it refuses.
        if (isStart && !builder.Environment.IsDevelopment())
        {
            builder.Services.AddScoped<IStartupStep, KnownPasswordCheck>();
            builder.Services.AddScoped<IStartupStep, HistoryCheck>();
        }

        builder.AddShop(modules);
        builder.CheckSettings(isStart);
        return builder;
    }

    private static WebApplicationBuilder ReadSettings(string[] args)
    {
        try
        {
            return WebApplication.CreateBuilder(
                new WebApplicationOptions { Args = args, ContentRootPath = ContentRoot.For(args) });
        }
        catch (Exception error) when (error is InvalidDataException or FormatException or IOException)
        {
            // A settings file that is no JSON, arguments that are none, a content root that is not there.
            throw new ConfigurationException([$"{error.Message} {error.InnerException?.Message}".TrimEnd()]);
        }
    }

    private static void AddShop(this WebApplicationBuilder builder, IReadOnlyList<IModule> modules)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHostSettings(builder.Configuration, builder.Environment.ContentRootPath);
        builder.Services.AddHttpConventions();
        builder.Services.AddValidatedOptions<ShopOptions, ShopOptionsValidator>(builder.Configuration, "Shop");
        builder.Services.AddModules(modules, builder.Configuration, typeof(ShopServices).Assembly);
        builder.Services.AddOverloadProtection(builder.Configuration);
        builder.Services.AddRateLimiting(builder.Configuration);
        builder.Services.AddProxiesAndCors(builder.Configuration);
        builder.Services.AddRequestBodies();
        builder.Services.AddConnectionLimits();
        builder.Services.AddOperations(builder.Configuration);
        builder.Services.AddHealth(builder.Configuration);
        builder.Services.AddApiDocument();
        builder.Services.AddPages();
        builder.Services.AddTelemetryExport(builder.Configuration);
    }
}
