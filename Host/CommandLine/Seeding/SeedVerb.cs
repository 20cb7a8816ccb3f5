using System.Diagnostics;
using Shop.BuildingBlocks.Database;
using Spectre.Console;

namespace Shop.Host.CommandLine.Seeding;

/// <summary>A shop to look at, or one as large as a test needs it, with a past that the audit finds in order.</summary>
internal static class SeedVerb
{
    public static Verb Verb { get; } = new(
        "seed",
        "[--users N] [--products N] [--orders N]",
        "Fills the shop. Without options: a demo with products, coupons, customers and a week of orders, for an "
        + "empty shop. With them: so many more of each, and a month of orders. "
        + "Exit code: 0 done, 2 not, and nothing is changed.",
        RunAsync);

    private static async Task<int> RunAsync(VerbCall call, CancellationToken ct)
    {
        var size = SeedSize.Of(call);
        var migrator = call.Services.GetRequiredService<Migrator>();
        if (call.Services.GetRequiredService<IConfiguration>().GetValue("Database:MigrateOnStart", true))
            await migrator.ApplyAsync(force: false, ct);
        await migrator.PrepareAsync(ct);

        var started = Stopwatch.GetTimestamp();
        await ShowProgressAsync(
            call.Output,
            progress => ActivatorUtilities.CreateInstance<Seeder>(call.Services, progress).FillAsync(size, ct));
        // The lists of popular products are computed by a step of the start.
        await migrator.PrepareAsync(ct);

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        call.Output.WriteLine(size is null
            ? $"Seeded the demo shop in {seconds:F1} s. In Development its customers ({DemoShop.Customers[0].Email}, "
                + $"…) sign in with the password {DemoShop.Password}."
            : $"Seeded {size.Users} users, {size.Products} products and {size.Orders} orders in {seconds:F1} s.");
        return ExitCode.Fine;
    }

    private static Task ShowProgressAsync(IAnsiConsole output, Func<IProgress<double>, Task> work)
    {
        if (!output.Profile.Out.IsTerminal)
            return work(new Progress<double>());
        return output.Progress().StartAsync(async context =>
        {
            var bar = context.AddTask("Seeding", maxValue: 1);
            await work(new Progress<double>(done => bar.Value = done));
            bar.Value = 1;
        });
    }
}
