using System.Net;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Identity.Users;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class FirstAdminTests
{
    private const string CountAdmins = "select count(*) from identity.users where role = 'ADMIN'";

    [Fact]
    public async Task The_first_administrator_is_made_once_with_a_wallet_and_left_alone_after()
    {
        await using var first = await ShopHost.StartAsync();
        var userId = await first.QueryAsync<long>("select user_id from identity.users where role = 'ADMIN'");
        var admin = (await Session.OfAdminAsync(first)).Client(first);
        Assert.Equal(
            0, (await admin.GetAsync($"/users/{userId}/balance")).Expect(HttpStatusCode.OK)["balance"].GetInt64());
        (await admin.PutAsync(
            $"/users/{userId}/password", new { currentPassword = "admin-password", newPassword = "battery staple" }))
            .Expect(HttpStatusCode.NoContent);

        await using var second = await ShopHost.StartAsync(first.ConnectionString);
        await Session.OpenAsync(second, "admin@shop.local", "battery staple");
        Assert.Equal(1, await second.QueryAsync<long>(CountAdmins));
        Assert.Equal(1, await second.QueryAsync<long>("select count(*) from wallet.wallets"));
    }

    [Fact]
    public async Task A_customer_with_the_configured_email_does_not_become_an_administrator()
    {
        await using var first = await ShopHost.StartAsync();
        var registration = new { email = "boss@example.com", password = "correct horse", name = "Customer" };
        (await first.Client().PostAsync("/users", registration)).Expect(HttpStatusCode.Created);

        await using var second = await ShopHost.StartAsync(
            first.ConnectionString, Settings("Development", "BOSS@example.com", "battery staple"));
        var customer = (await Session.OpenAsync(second, "boss@example.com", "correct horse")).Client(second);
        (await customer.GetAsync("/admin/users")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Outside_Development_the_first_administrator_is_the_configured_one_or_none()
    {
        await using var without = await ShopHost.StartAsync(
            await TestDatabases.CreateEmptyAsync(), Settings("Production", null, null));
        (await without.Client().GetAsync("//health/ready")).Expect(HttpStatusCode.OK);
        Assert.Equal(0, await without.QueryAsync<long>("select count(*) from identity.users"));

        await using var with = await ShopHost.StartAsync(
            without.ConnectionString, Settings("Production", "boss@example.com", "battery staple"));
        var admin = (await Session.OpenAsync(with, "boss@example.com", "battery staple")).Client(with);
        (await admin.GetAsync("/admin/users")).Expect(HttpStatusCode.OK);
        Assert.Equal(1, await with.QueryAsync<long>(CountAdmins));
    }

    [Fact]
    public async Task Outside_Development_the_password_that_everybody_knows_stops_the_start_before_anything_is_changed()
    {
        var database = await TestDatabases.CreateEmptyAsync();
        var (exitCode, line) = await FailingStart.OfAsync(
            database,
            ("environment", "Production"),
            ("Identity:Admin:Email", "boss@example.com"),
            ("Identity:Admin:Password", "admin-password"));
        Assert.Equal(78, exitCode);
        Assert.Contains("everybody knows", line, StringComparison.Ordinal);

        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var schemas = new NpgsqlCommand(
            "select count(*) from pg_namespace where nspname in ('shop', 'identity', 'wallet')", connection);
        Assert.Equal(0L, await schemas.ExecuteScalarAsync());
    }

    [Theory]
    [InlineData("Production", "admin@shop.local", "admin-password", "everybody knows")]
    [InlineData("Staging", "boss@example.com", "admin-password", "everybody knows")]
    [InlineData("Production", "boss@example.com", null, "belong together")]
    [InlineData("Production", "", "battery staple", "belong together")]
    [InlineData("Development", "boss", "battery staple", "is not an e-mail address")]
    [InlineData("Production", "boss@example.com", "secret!", "8 to 128 characters")]
    public void A_wrong_configuration_is_refused_without_telling_the_password(
        string environment, string? email, string? password, string reason)
    {
        var problem = Validate(environment, email, password).FailureMessage;
        Assert.Contains(reason, problem, StringComparison.Ordinal);
        if (password is not null)
            Assert.DoesNotContain(password, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Development", "admin@shop.local", "admin-password")]
    [InlineData("Production", "boss@example.com", "battery staple")]
    [InlineData("Production", null, "")]
    public void A_right_configuration_is_taken(string environment, string? email, string? password) =>
        Assert.True(Validate(environment, email, password).Succeeded);

    private static ValidateOptionsResult Validate(string environment, string? email, string? password) =>
        new FirstAdminOptionsValidator(new HostingEnvironment { EnvironmentName = environment })
            .Validate(null, new FirstAdminOptions { Email = email, Password = password });

    private static Dictionary<string, string> Settings(string environment, string? email, string? password)
    {
        var settings = new Dictionary<string, string> { ["environment"] = environment };
        if (email is not null)
            settings["Identity:Admin:Email"] = email;
        if (password is not null)
            settings["Identity:Admin:Password"] = password;
        return settings;
    }
}
