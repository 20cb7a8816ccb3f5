using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Identity.Sessions;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>The lock-out by network: clients come from addresses that a known proxy names.</summary>
public sealed class LockoutTests : IdentityTest
{
    private const string Home = "198.51.100.1";
    private const string Elsewhere = "203.0.113.1";
    private const string Unknown = "unknown@example.com";

    private static readonly Dictionary<string, string> BehindProxy = new() { ["Http:KnownProxies"] = "127.0.0.1,::1" };

    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(BehindProxy);

    [Fact]
    public async Task Five_failures_lock_the_network_they_came_from_and_no_other()
    {
        var customer = await SignUpAsync();
        foreach (var email in (string[])[customer.Email, Unknown])
        {
            await FailAsync(email, 5, Elsewhere);
            ExpectLocked(await SignInFromAsync(Elsewhere, email));
            await FailAsync(email, 1, "203.0.113.2");
        }

        (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);
        ExpectLocked(await SignInFromAsync(Elsewhere, customer.Email));
        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        (await SignInFromAsync(Elsewhere, customer.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_lock_ends_by_the_clock_of_the_database()
    {
        await FailAsync(Unknown, 5, Elsewhere);
        Shop.Clock.PutOff(TimeSpan.FromHours(1));
        ExpectLocked(await SignInFromAsync(Elsewhere, Unknown));
    }

    [Fact]
    public async Task An_ipv6_64_is_one_network()
    {
        var customer = await SignUpAsync();
        for (var host = 1; host <= 5; host++)
            await FailAsync(customer.Email, 1, $"2001:db8:1:1::{host}");
        ExpectLocked(await SignInFromAsync("2001:db8:1:1:ffff::1", customer.Email));
        (await SignInFromAsync("2001:db8:1:2::1", customer.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Twenty_networks_of_failures_lock_all_networks_save_those_that_signed_in()
    {
        var customer = await SignUpAsync();
        (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);
        var session = Session.Of(await SignInFromAsync("2001:db8:5:5::1", customer.Email));
        await FailFromManyAsync(customer.Email, 20);
        await FailFromManyAsync(Unknown, 20);

        var locked = ExpectLocked(await SignInFromAsync(Elsewhere, customer.Email));
        Assert.Equal(Untraced(locked), Untraced(ExpectLocked(await SignInFromAsync(Elsewhere, Unknown))));
        (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);
        (await SignInFromAsync("2001:db8:5:5::9", customer.Email)).Expect(HttpStatusCode.OK);
        ExpectLocked(await SignInFromAsync("2001:db8:5:6::1", customer.Email));
        Session.Of(await session.RefreshAsync(Shop));

        // A network that is exempt has its own five attempts.
        await FailAsync(customer.Email, 5, Home);
        ExpectLocked(await SignInFromAsync(Home, customer.Email));

        Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        (await SignInFromAsync(Elsewhere, customer.Email)).Expect(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(-2, HttpStatusCode.OK)]
    [InlineData(0, HttpStatusCode.TooManyRequests)]
    public async Task A_network_is_exempt_for_thirty_days_after_its_last_sign_in(
        int minutesMore, HttpStatusCode expected)
    {
        var customer = await SignUpAsync();
        (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);
        Shop.Clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromMinutes(minutesMore - 1));
        await FailFromManyAsync(customer.Email, 20);
        Shop.Clock.Advance(TimeSpan.FromMinutes(1));

        (await SignInFromAsync(Home, customer.Email)).Expect(expected);
    }

    [Fact]
    public async Task One_ipv6_48_locks_itself_and_not_everybody()
    {
        var customer = await SignUpAsync();
        for (var network = 1; network <= 20; network++)
            await FailAsync(customer.Email, 5, $"2001:db8:1:{network:x}::1");

        ExpectLocked(await SignInFromAsync("2001:db8:1:ffff::1", customer.Email));
        (await SignInFromAsync("2001:db8:2:1::1", customer.Email)).Expect(HttpStatusCode.OK);
        (await SignInFromAsync(Elsewhere, customer.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_address_does_not_lock_everybody_however_long_it_tries()
    {
        var customer = await SignUpAsync();
        for (var round = 0; round < 25; round++)
        {
            await FailAsync(customer.Email, 5, Elsewhere);
            Shop.Clock.Advance(TimeSpan.FromMinutes(5));
        }

        (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_success_takes_its_networks_failures_back_and_nobody_elses()
    {
        var customer = await SignUpAsync();
        await FailFromManyAsync(customer.Email, 19);
        for (var round = 0; round < 3; round++)
        {
            await FailAsync(customer.Email, 4, Home);
            (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);
        }

        await FailAsync(customer.Email, 4, Elsewhere);
        (await SignInFromAsync("203.0.113.2", customer.Email)).Expect(HttpStatusCode.OK);
        await FailAsync(customer.Email, 1, Elsewhere);
        ExpectLocked(await SignInFromAsync("203.0.113.3", customer.Email));
    }

    [Fact]
    public async Task Successes_count_neither_against_their_48_nor_against_everybody()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, BehindProxy);
        var customer = await SignUpAsync();
        await FailAsync(customer.Email, 3, "2001:db8:1:ffff::1");
        await FailAsync(customer.Email, 2, Elsewhere);
        // All at once on two hosts, so that clears and counts wait for each other's rows.
        var answers = await Task.WhenAll(Enumerable.Range(1, 100).Select(network => (network % 2 == 0 ? Shop : other)
            .ClientFrom($"2001:db8:1:{network:x}::1")
            .PostAsync("/sessions", new { email = customer.Email, password = Password })));
        Assert.All(answers, answer => answer.Expect(HttpStatusCode.OK));

        await ExpectCountsAsync(customer.Email, site: 3, everywhere: 5);
        (await SignInFromAsync("2001:db8:1:fffe::1", customer.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_success_takes_back_from_everywhere_what_its_48_had_added_and_no_more()
    {
        var customer = await SignUpAsync();
        for (var network = 1; network <= 3; network++)
            await FailAsync(customer.Email, 4, $"2001:db8:1:{network}::1");
        await ExpectCountsAsync(customer.Email, site: 12, everywhere: 5);
        (await SignInFromAsync("2001:db8:1:1::1", customer.Email)).Expect(HttpStatusCode.OK);
        await ExpectCountsAsync(customer.Email, site: 8, everywhere: 5);
        (await SignInFromAsync("2001:db8:1:2::1", customer.Email)).Expect(HttpStatusCode.OK);
        await ExpectCountsAsync(customer.Email, site: 4, everywhere: 4);
        (await SignInFromAsync("2001:db8:1:3::1", customer.Email)).Expect(HttpStatusCode.OK);
        await ExpectCountsAsync(customer.Email, site: 0, everywhere: 0);
    }

    [Fact]
    public async Task A_success_of_a_known_network_leaves_the_lock_that_others_set_on_its_48()
    {
        var customer = await SignUpAsync();
        (await SignInFromAsync("2001:db8:1:1::1", customer.Email)).Expect(HttpStatusCode.OK);
        for (var network = 2; network <= 21; network++)
            await FailAsync(customer.Email, 5, $"2001:db8:1:{network:x}::1");

        (await SignInFromAsync("2001:db8:1:1::1", customer.Email)).Expect(HttpStatusCode.OK);
        ExpectLocked(await SignInFromAsync("2001:db8:1:ffff::1", customer.Email));
        (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Forty_networks_at_once_on_two_hosts_get_a_hundred_looks()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, BehindProxy);
        var customer = await SignUpAsync();
        foreach (var email in (string[])[customer.Email, Unknown])
        {
            var answers = await Task.WhenAll(Enumerable.Range(1, 40)
                .Select(network => GuessAsync(network % 2 == 0 ? Shop : other, email, $"192.0.2.{network}")));
            var looks = answers.SelectMany(statuses => statuses).ToList();
            Assert.Equal(100, looks.Count(status => status == HttpStatusCode.Unauthorized));
            Assert.Equal(100, looks.Count(status => status == HttpStatusCode.TooManyRequests));
        }
    }

    [Fact]
    public async Task Networks_remembered_for_an_account_are_bounded_and_forgotten_after_thirty_days()
    {
        var customer = await SignUpAsync();
        for (var network = 1; network <= 105; network++)
        {
            (await SignInFromAsync($"192.0.2.{network}", customer.Email)).Expect(HttpStatusCode.OK);
            Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(100, await CountNetworksAsync());
        Assert.Equal(0, await Shop.QueryAsync<long>(
            "select count(*) from identity.sign_in_networks where network = '192.0.2.5'"));
        Shop.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromSeconds(50));
        (await SignInFromAsync("192.0.2.105", customer.Email)).Expect(HttpStatusCode.OK);
        await Shop.Services.GetRequiredService<ClearSignIns>().RunOnceAsync(CancellationToken.None);
        Assert.InRange(await CountNetworksAsync(), 1, 60);

        Task<long> CountNetworksAsync() =>
            Shop.QueryAsync<long>($"select count(*) from identity.sign_in_networks where user_id = {customer.UserId}");
    }

    [Fact]
    public async Task A_wrong_current_password_counts_as_a_failed_sign_in()
    {
        var customer = await SignUpAsync();
        var client = Shop.ClientFrom(Elsewhere, customer.Client.AccessToken);
        var wrong = new { currentPassword = "wrong password", newPassword = "battery staple" };
        var path = $"/users/{customer.UserId}/password";
        for (var i = 0; i < 3; i++)
            ExpectWrong(await client.PutAsync(path, wrong));
        await FailAsync(customer.Email, 2, Elsewhere);

        ExpectLocked(await client.PutAsync(path, new { currentPassword = Password, newPassword = "battery staple" }));
        ExpectLocked(await SignInFromAsync(Elsewhere, customer.Email));
        (await SignInFromAsync(Home, customer.Email)).Expect(HttpStatusCode.OK);

        var home = Shop.ClientFrom(Home, customer.Client.AccessToken);
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 4; i++)
                ExpectWrong(await home.PutAsync(path, wrong));
            (await home.PutAsync(path, new { currentPassword = Password, newPassword = Password }))
                .Expect(HttpStatusCode.NoContent);
        }
    }

    [Fact]
    public async Task A_hundred_and_twenty_guesses_at_the_current_password_are_five_looks()
    {
        var customer = await SignUpAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 120).Select(i => customer.Client.PutAsync(
            $"/users/{customer.UserId}/password",
            new { currentPassword = $"wrong password {i}", newPassword = "battery staple" })));

        Assert.Equal(5, answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized));
        Assert.Equal(115, answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task Attempts_that_end_without_a_verdict_lock_nobody_out()
    {
        var customer = await SignUpAsync();
        await FailAsync(customer.Email, 4, Elsewhere);
        await using (var connection = new NpgsqlConnection(Shop.ConnectionString))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var hold = new NpgsqlCommand("lock table identity.sessions", connection, transaction))
                await hold.ExecuteNonQueryAsync();
            for (var i = 0; i < 6; i++)
            {
                // The right password, whose client leaves before its session is there.
                using var leaves = new CancellationTokenSource();
                var attempt = PostAndLeaveAsync(customer.Email, Password, Elsewhere, leaves.Token);
                await Shop.UntilALockIsWaitedForAsync();
                await leaves.CancelAsync();
                Assert.Null(await attempt);
                await UntilCountedAsync(customer.Email, 4);
            }
        }

        // The fifth wrong one locks: attempts taken back were no verdicts, and no verdict was taken back.
        await FailAsync(customer.Email, 1, Elsewhere);
        ExpectLocked(await SignInFromAsync(Elsewhere, customer.Email));
        await ExpectFailuresAsync(customer.Email, everywhere: 5);
    }

    [Fact]
    public async Task Guesses_whose_clients_leave_get_no_more_looks()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString, BehindProxy);
        var customer = await SignUpAsync();
        using var leaves = new CancellationTokenSource();
        var leaving = Enumerable.Range(0, 20)
            .Select(i => PostAndLeaveAsync(customer.Email, $"wrong {i}", Elsewhere, leaves.Token)).ToList();
        var staying = Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? Shop : other).ClientFrom(Elsewhere)
            .PostAsync("/sessions", new { email = customer.Email, password = $"wrong guess {i}" })).ToList();
        await Task.WhenAny(staying);
        await leaves.CancelAsync();

        var statuses = (await Task.WhenAll(staying)).Select(answer => (HttpStatusCode?)answer.Status)
            .Concat(await Task.WhenAll(leaving)).ToList();
        // A 429 above may have been one of too many attempts under way.
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        Answer answer;
        do
        {
            timeout.Token.ThrowIfCancellationRequested();
            answer = await SignInFromAsync(Elsewhere, customer.Email, "wrong password");
            statuses.Add(answer.Status);
        }
        while (answer["code"].GetString() != "identity.locked_out");

        Assert.InRange(statuses.Count(status => status == HttpStatusCode.Unauthorized), 1, 5);
        ExpectLocked(await SignInFromAsync(Elsewhere, customer.Email));
    }

    /// <returns>Null where the client has left before the answer.</returns>
    private async Task<HttpStatusCode?> PostAndLeaveAsync(
        string email, string password, string address, CancellationToken left)
    {
        using var http = new HttpClient { BaseAddress = Anonymous.Address };
        http.DefaultRequestHeaders.Add("X-Forwarded-For", address);
        try
        {
            using var answer = await http.PostAsJsonAsync("/api/v1/sessions", new { email, password }, left);
            return answer.StatusCode;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private async Task UntilCountedAsync(string email, int failures)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await FailuresAsync(email, Elsewhere) != failures)
            timeout.Token.ThrowIfCancellationRequested();
    }

    private async Task ExpectFailuresAsync(string email, int everywhere) =>
        Assert.Equal(everywhere, await FailuresAsync(email, "*"));

    private Task<int> FailuresAsync(string email, string network) => Shop.QueryAsync<int>($"""
        select failures from identity.sign_in_attempts
        where network = '{network}' and normalized_email = upper('{email}')
        """);

    private static void ExpectWrong(Answer answer) =>
        answer.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");

    private static async Task<List<HttpStatusCode>> GuessAsync(ShopHost host, string email, string address)
    {
        var client = host.ClientFrom(address);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
            statuses.Add((await client.PostAsync("/sessions", new { email, password = "wrong password" })).Status);
        return statuses;
    }

    private Task<Answer> SignInFromAsync(string address, string email, string password = Password) =>
        Shop.ClientFrom(address).PostAsync("/sessions", new { email, password });

    private async Task FailAsync(string email, int times, string address)
    {
        for (var i = 0; i < times; i++)
            ExpectWrong(await SignInFromAsync(address, email, "wrong password"));
    }

    private async Task ExpectCountsAsync(string email, int site, int everywhere) => Assert.Equal(
        [everywhere, site],
        await Shop.QueryAsync<int[]>($"""
            select array_agg(failures order by network) from identity.sign_in_attempts
            where network in ('*', '2001:db8:1::/48') and normalized_email = upper('{email}')
            """));

    private async Task FailFromManyAsync(string email, int networks)
    {
        for (var network = 1; network <= networks; network++)
            await FailAsync(email, 5, $"192.0.2.{network}");
    }
}
