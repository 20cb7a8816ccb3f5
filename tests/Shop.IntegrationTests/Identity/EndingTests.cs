using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Identity.Access;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

/// <summary>
/// An ending on one host holds on another within 5 s, access tokens included. Hosts read when a test says so.
/// </summary>
public sealed class EndingTests : IdentityTest
{
    [Fact]
    public async Task A_session_that_ended_on_one_host_is_over_on_another_with_its_next_read()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var email = (await SignUpAsync()).Email;
        var (phone, laptop) = (await OpenSessionAsync(email), await OpenSessionAsync(email));
        (await phone.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);

        (await phone.Client(Shop).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);
        await ReadAsync(other);

        (await phone.ReadAccountAsync(other)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await laptop.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_host_whose_last_read_is_over_4_s_old_reads_before_it_answers()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var session = await OpenSessionAsync((await SignUpAsync()).Email);
        (await session.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);
        (await session.Client(Shop).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);

        // As after a pause: no worker of the host has run.
        other.Clock.Advance(TimeSpan.FromSeconds(5));
        (await session.ReadAccountAsync(other)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task An_ending_that_commits_late_is_read_all_the_same()
    {
        var session = await OpenSessionAsync((await SignUpAsync()).Email);
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var end = new NpgsqlCommand(
            $"delete from identity.sessions where user_id = {session.UserId}", connection))
            await end.ExecuteNonQueryAsync();

        // Later endings are read before this one is there.
        var later = await OpenSessionAsync((await SignUpAsync()).Email);
        (await later.Client(Shop).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);
        await ReadAsync(Shop);
        (await later.ReadAccountAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await session.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);

        await transaction.CommitAsync();
        await ReadAsync(Shop);
        (await session.ReadAccountAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task A_role_is_taken_away_on_every_host()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var user = await SignUpStaffAsync("OPERATOR");
        var there = other.Client(user.Client.AccessToken);
        (await there.GetAsync("/admin/outbox")).Expect(HttpStatusCode.OK);

        (await Admin.PatchAsync($"/admin/users/{user.UserId}", new { role = "CUSTOMER" })).Expect(HttpStatusCode.OK);
        other.Clock.Advance(TimeSpan.FromSeconds(5));
        (await there.GetAsync("/admin/outbox")).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task Whoever_signs_in_with_a_new_role_has_it_on_every_host_at_once()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        await ReadAsync(other);
        var user = await SignUpStaffAsync("OPERATOR");
        var session = await OpenSessionAsync(user.Email);
        (await session.Client(other).GetAsync("/admin/outbox")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_host_that_cannot_know_answers_503_and_serves_the_anonymous()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var session = await OpenSessionAsync((await SignUpAsync()).Email);
        (await session.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var end = new NpgsqlCommand("lock table identity.ended_sessions", connection, transaction))
            await end.ExecuteNonQueryAsync();

        (await session.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);
        other.Clock.Advance(TimeSpan.FromSeconds(5));
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => session.ReadAccountAsync(other)));
        foreach (var answer in answers)
            answer.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        (await other.Client().GetAsync("/products")).Expect(HttpStatusCode.OK);

        await transaction.RollbackAsync();
        (await session.ReadAccountAsync(other)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Beyond_the_endings_that_a_host_keeps_older_tokens_are_looked_up()
    {
        var email = (await SignUpAsync()).Email;
        var session = await OpenSessionAsync(email);
        Shop.Clock.Advance(TimeSpan.FromMinutes(10));
        await Shop.ExecuteAsync($"""
            insert into identity.ended_sessions (session_id, ended_at)
            select gen_random_uuid(), now() + interval '8 minutes'
                from generate_series(0, {AccessReader.MaximumEndings})
            """);
        await ReadAsync(Shop);

        (await session.ReadAccountAsync(Shop)).Expect(HttpStatusCode.OK);
        await Shop.ExecuteAsync($"delete from identity.sessions where user_id = {session.UserId}");
        (await session.ReadAccountAsync(Shop)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task Whatever_a_hosts_clock_says_it_reads_the_endings_of_the_databases_window()
    {
        var session = await OpenSessionAsync((await SignUpAsync()).Email);
        await using var fast = await ShopHost.StartAsync(Shop.ConnectionString);
        (await session.ReadAccountAsync(fast)).Expect(HttpStatusCode.OK);
        (await session.Client(Shop).DeleteAsync("/sessions/current")).Expect(HttpStatusCode.NoContent);
        var ending = await Shop.QueryAsync<Guid>("select session_id from identity.ended_sessions");
        // By a clock that is two hours ahead the window would begin after the ending.
        fast.Clock.PutOff(TimeSpan.FromHours(2));
        var snapshot = await fast.Services.GetRequiredService<AccessCache>().RefreshAsync(CancellationToken.None);
        Assert.Contains(ending, snapshot.EndedSessions);
    }

    private static Task<int> ReadAsync(ShopHost host) =>
        host.Services.GetRequiredService<ReadAccess>().RunOnceAsync(CancellationToken.None);
}
