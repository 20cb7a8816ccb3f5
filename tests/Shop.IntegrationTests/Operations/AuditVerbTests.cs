using System.Diagnostics;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Host.CommandLine;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class AuditVerbTests : VerbTest
{
    private const string Spoil = "update catalog.stock set on_hand = on_hand + 1";

    private string Address =>
        Shop.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    [Fact]
    public async Task Books_in_order_end_with_0_and_a_table()
    {
        await new BusyShop(Shop, Admin, SignUpAsync).FillAsync();
        var (exitCode, output, _) = await RunAsync("audit", Database);
        Assert.Equal(0, exitCode);
        Assert.Matches(
            "│ catalog.stock-is-sum-of-movements +│ Every product's stock on hand is the sum of its movements. +│ +0 │",
            output);
        Assert.Contains("Consistent at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_violation_ends_with_1_and_is_shown()
    {
        var product = await CreateProductAsync(stock: 10);
        await Shop.ExecuteAsync(Spoil);
        var (exitCode, output, _) = await RunAsync("audit", Database);
        Assert.Equal(1, exitCode);
        Assert.Matches("│ catalog.stock-is-sum-of-movements .* 1 │", output);
        Assert.Contains($"  product {product}: on hand 11, sum of the movements 10", output, StringComparison.Ordinal);
        Assert.Contains("with violations: 1)", output, StringComparison.Ordinal);

        Assert.Equal(0, (await RunAsync("audit", "--check", "wallet.ledger-follows", Database)).ExitCode);
        Assert.Equal(1, (await RunAsync("audit", "--check=catalog.stock-is-sum-of-movements", Database)).ExitCode);
    }

    [Fact]
    public async Task What_keeps_it_from_checking_ends_with_2()
    {
        await AssertFailsAsync("--check: Must be one of wallet.", "audit", Database, "--check", "wallet.none");
        await AssertFailsAsync("--check needs a value", "audit", Database, "--check");
        await AssertFailsAsync("There is no verb adit", "adit", Database);
        await AssertIsRefusedAsync("ConnectionStrings:Shop is not set", "audit", "--environment=Production");
        await AssertFailsAsync(
            "lacks migrations", "audit", $"--ConnectionStrings:Shop={await TestDatabases.CreateEmptyAsync()}");
        await AssertFailsAsync("onnect", "audit", "--ConnectionStrings:Shop=Host=127.0.0.1;Port=1;Database=none");
        await AssertIsRefusedAsync("Audit:Timeout", "audit", Database, "--Audit:Timeout=00:00:00");

        await using var audit = new NpgsqlConnection(Shop.ConnectionString);
        await audit.OpenAsync();
        await using var locked = new NpgsqlCommand("select pg_advisory_lock(hashtextextended('audit', 0))", audit);
        await locked.ExecuteNonQueryAsync();
        await AssertFailsAsync("under way", "audit", Database);
    }

    [Fact]
    public async Task A_setting_can_come_from_a_file()
    {
        var folder = Directory.CreateTempSubdirectory("shop-secrets-");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "ConnectionStrings__Shop"), $"{Shop.ConnectionString}\n");
            Assert.Equal(
                0,
                (await RunAsync(
                    "audit", $"--Secrets:Directory={folder.FullName}", "--environment=Production")).ExitCode);
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        await AssertIsRefusedAsync("shop-secrets-", "audit", $"--Secrets:Directory={folder.FullName}");
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("help")]
    [InlineData("audit", "-h")]
    public async Task Help_lists_the_verbs(params string[] args)
    {
        Assert.True(Verbs.Ask(args));
        var (exitCode, output, _) = await RunAsync(args);
        Assert.Equal(0, exitCode);
        Assert.Contains("audit [--check NAME]", output, StringComparison.Ordinal);
        Assert.Equal(args[0] != "audit", output.Contains("seed [--users N]", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData]
    [InlineData("--Urls=http://localhost:1")]
    [InlineData("--environment", "Production")]
    [InlineData("Wallet:MinimumCharge=5")]
    public void Settings_run_the_shop(params string[] args) => Assert.False(Verbs.Ask(args));

    [Fact]
    public async Task The_program_itself_neither_listens_nor_works_in_the_background()
    {
        await CreateProductAsync();
        await Shop.ExecuteAsync(Spoil);
        // Where this host listens a second one can't.
        using var program = Process.Start(new ProcessStartInfo(
            "dotnet",
            [
                "exec",
                typeof(Verbs).Assembly.Location,
                "audit",
                Database,
                $"--Urls={Address}",
                "--environment=Development",
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = program.StandardError.ReadToEndAsync();
        var output = await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();

        Assert.Equal((1, ""), (program.ExitCode, await errors));
        Assert.StartsWith("╭", output, StringComparison.Ordinal);
        Assert.Contains("NOT consistent", output, StringComparison.Ordinal);
    }

    private Task AssertFailsAsync(string reason, params string[] args) => AssertEndsAsync(2, reason, args);

    private Task AssertIsRefusedAsync(string reason, params string[] args) => AssertEndsAsync(78, reason, args);

    private async Task AssertEndsAsync(int expected, string reason, string[] args)
    {
        var (exitCode, _, error) = await RunAsync(args);
        Assert.Equal(expected, exitCode);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
