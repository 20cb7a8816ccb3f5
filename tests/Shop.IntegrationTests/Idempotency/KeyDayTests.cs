using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.BuildingBlocks.Idempotency;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Idempotency;

/// <summary>
/// Keys live for a day by the database's clock, in a table for each day modulo three. A host is put at a time by the
/// offset of its sessions; its own clock stays as it is.
/// </summary>
public sealed class KeyDayTests : ShopTest, IAsyncLifetime
{
    private static readonly DateTimeOffset Midnight = new(DateTime.UtcNow.Date.AddDays(1), TimeSpan.Zero);

    private readonly List<ShopHost> hosts = [];

    [Fact]
    public async Task Two_hosts_on_the_two_sides_of_midnight_know_each_others_keys()
    {
        var customer = await SignUpAsync();
        var (before, after) = (await HostAtAsync(Midnight.AddMinutes(-20)), await HostAtAsync(Midnight.AddMinutes(20)));

        Assert.False((await ChargeAsync(before, customer, "evening")).IsReplay);
        Assert.False((await ChargeAsync(after, customer, "night")).IsReplay);
        Assert.Equal(2, await CountSlotsAsync());
        // Close to midnight nothing is cleared away, not even of the day before yesterday.
        Assert.Equal(0, await ClearAsync(before) + await ClearAsync(after));
        Assert.True((await ChargeAsync(after, customer, "evening")).IsReplay);
        Assert.True((await ChargeAsync(before, customer, "night")).IsReplay);

        var rush = await Task.WhenAll(
            Enumerable.Range(0, 40).Select(i => TryChargeAsync(i % 2 == 0 ? before : after, customer, "rush")));
        Assert.Single(rush, answer => answer.Status == HttpStatusCode.OK && !answer.IsReplay);
        Assert.All(
            rush.Where(answer => answer.Status != HttpStatusCode.OK),
            busy => busy.ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress"));
        Assert.Equal(3_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_key_is_kept_for_a_day_and_cleared_away_on_the_next_but_one()
    {
        var customer = await SignUpAsync();
        await ChargeAsync(await HostAtAsync(Midnight.AddMinutes(-1)), customer, "k");
        await ChargeAsync(await HostAtAsync(Midnight.AddHours(12)), customer, "later");

        foreach (var hours in (int[])[2, 12, 22])
        {
            var host = await HostAtAsync(Midnight.AddHours(hours));
            await ClearAsync(host);
            Assert.True((await ChargeAsync(host, customer, "k")).IsReplay);
        }

        var dayAfter = await HostAtAsync(Midnight.AddHours(26));
        Assert.Equal(1, await ClearAsync(dayAfter));
        Assert.Equal(0, await ClearAsync(dayAfter));
        Assert.True((await ChargeAsync(dayAfter, customer, "later")).IsReplay);
        Assert.False((await ChargeAsync(dayAfter, customer, "k")).IsReplay);
        Assert.Equal(3_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_table_that_is_in_use_is_cleared_another_time()
    {
        var customer = await SignUpAsync();
        await ChargeAsync(await HostAtAsync(Midnight.AddHours(-12)), customer, "k");
        using var log = new CapturedLog();
        var later = await HostAtAsync(Midnight.AddHours(36), log);
        await using (var connection = new NpgsqlConnection(Shop.ConnectionString))
        {
            await connection.OpenAsync();
            await using var reading = await connection.BeginTransactionAsync();
            await using var read = new NpgsqlCommand("select count(*) from shop.stored_responses", connection);
            Assert.Equal(1L, await read.ExecuteScalarAsync());
            for (var attempt = 1; attempt < 60; attempt++)
                Assert.Equal(0, await ClearAsync(later));
            Assert.DoesNotContain(log.Entries, IsWarning);
            Assert.Equal(0, await ClearAsync(later));
            Assert.Single(log.Entries, IsWarning);
            Assert.True((await ChargeAsync(later, customer, "k")).IsReplay);
        }

        Assert.Equal(1, await ClearAsync(later));

        static bool IsWarning(CapturedEntry entry) => entry.Level == LogLevel.Warning
            && entry.Text.Contains("60 attempts", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_attempt_waits_for_the_table_only_on_demand_and_one_session_at_a_time_clears()
    {
        var customer = await SignUpAsync();
        await ChargeAsync(await HostAtAsync(Midnight.AddHours(-12)), customer, "k");
        var later = await HostAtAsync(Midnight.AddHours(36));
        await using var reader = await BeginAsync(later);
        await using var clearing = await BeginAsync(later);
        await ReadAsync<long>(reader, "select count(*) from shop.stored_responses");
        // Far from the end of the wait, should there be one.
        await ReadAsync<string>(clearing, "select set_config('statement_timeout', '50ms', true)");
        Assert.Equal("BUSY", await ReadAsync<string>(clearing, "select shop.clear_stored_responses(false)"));

        // A session that is closed still holds its locks for a moment.
        await using (var rollback = new NpgsqlCommand("rollback", reader))
            await rollback.ExecuteNonQueryAsync();
        Assert.Equal("CLEARED", await ReadAsync<string>(clearing, "select shop.clear_stored_responses(false)"));
        await using var another = await BeginAsync(later);
        Assert.Equal("NOTHING", await ReadAsync<string>(another, "select shop.clear_stored_responses(true)"));
    }

    [Fact]
    public async Task A_long_answer_is_kept_compressed_and_given_again_byte_for_byte()
    {
        var customer = await SignUpAsync(balance: 100_000);
        var product = await CreateProductAsync(name: "Keyboard, 한글 and Latin");
        var order = new { userId = customer.UserId, items = new[] { new { productId = product, quantity = 2 } } };
        var first = (await customer.PostWithKeyAsync("k", "/checkout", order)).Expect(HttpStatusCode.Created);
        var again = (await customer.PostWithKeyAsync("k", "/checkout", order)).Expect(HttpStatusCode.Created);

        Assert.Equal((first.Text, true), (again.Text, again.IsReplay));
        Assert.Equal((short)1, await Shop.QueryAsync<short>("select encoding from shop.stored_responses"));
        var size = await Shop.QueryAsync<int>("select octet_length(body) from shop.stored_responses");
        Assert.InRange(size, 1, first.Text.Length * 2 / 3);
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        foreach (var host in hosts)
            await host.DisposeAsync();
        await DisposeAsync();
    }

    private async Task<ShopHost> HostAtAsync(DateTimeOffset time, CapturedLog? log = null)
    {
        var seconds = (long)(time - DateTimeOffset.UtcNow).TotalSeconds;
        var offset = $"-c shop.clock_offset={seconds.ToString(CultureInfo.InvariantCulture)}s";
        var settings = new NpgsqlConnectionStringBuilder(Shop.ConnectionString) { Options = offset };
        var clock = new TestClock();
        clock.PutOff(TimeSpan.FromSeconds(seconds));
        var host = await ShopHost.StartAsync(
            settings.ConnectionString, configure: log is null ? null : log.AddTo, clock: clock);
        // A token would have expired.
        clock.PutOff(TimeSpan.FromSeconds(-seconds));
        hosts.Add(host);
        return host;
    }

    private static async Task<NpgsqlConnection> BeginAsync(ShopHost host)
    {
        var connection = new NpgsqlConnection($"{host.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await connection.BeginTransactionAsync();
        return connection;
    }

    private static async Task<T> ReadAsync<T>(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    private static Task<int> ClearAsync(ShopHost host) =>
        host.Services.GetRequiredService<KeyCleaner>().RunOnceAsync(CancellationToken.None);

    private Task<long> CountSlotsAsync() =>
        Shop.QueryAsync<long>("select count(distinct slot) from shop.stored_responses");

    private static async Task<Answer> ChargeAsync(ShopHost host, Customer customer, string key) =>
        (await TryChargeAsync(host, customer, key)).Expect(HttpStatusCode.OK);

    private static Task<Answer> TryChargeAsync(ShopHost host, Customer customer, string key)
    {
        var client = host.Client(customer.Client.AccessToken);
        return client.PostWithKeyAsync(key, $"/users/{customer.UserId}/balance/charges", new { amount = 1_000 });
    }
}
