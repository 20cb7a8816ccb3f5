using Shop.Host.CommandLine;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

/// <summary>Every verb that changes something leaves a row; one that only reads leaves none.</summary>
public sealed class VerbActivityTests : VerbTest
{
    private protected override Task<ShopHost> StartAsync() => ShopHost.StartAsync(
        new Dictionary<string, string> { ["DataPlatform:MaxAttempts"] = "1" });

    [Fact]
    public async Task Every_verb_leaves_its_row()
    {
        var userId = (await SignUpAsync()).UserId;
        var email = await Shop.QueryAsync<string>($"select email from identity.users where user_id = {userId}");
        var letters = await PlantAsync(3);
        (string[] Arguments, string Rows)[] calls =
        [
            (["admin", "create", "--email", "ops@example.com", "--name", "Operator"],
                """CreateUser USER {"email":"o***","name":"O***","role":"ADMIN"}"""),
            (["admin", "password", "--email", email], $$"""SetPassword USER {{userId}} {"userId":{{userId}}}"""),
            (["admin", "disable", "--email", email], $$"""ChangeUser USER {{userId}} {"status":"DISABLED"}"""),
            (["audit"], ""),
            (["migrate"], ""),
            (["outbox"], ""),
            (["outbox", "retry", letters[0].Id],
                $$"""RetryDeadLetter EVENT {{letters[0].EventId}} {"id":"{{letters[0].Id}}"}"""),
            (["outbox", "retry", "--handler", "data-platform"],
                """RetryDeadLetters OUTBOX {"handler":"data-platform"}"""),
            (["outbox", "retry", "all"], "RetryDeadLetters OUTBOX {}"),
            (["seed", "--users", "2", "--products", "1"], """Seed SEED {"users":2,"products":1,"orders":0}"""),
        ];
        foreach (var (arguments, row) in calls)
        {
            var before = await CountAsync();
            var (exitCode, _, error) = await RunAsync(new StringReader("a long enough one"), [.. arguments, Database]);
            Assert.True(exitCode is 0 or 1, $"{string.Join(' ', arguments)}: {error}");
            var left = await LeftAsync(before);
            if (arguments is ["admin", "create", ..])
                left = left.Replace($"{await MadeAsync()} ", "", StringComparison.Ordinal);
            Assert.Equal((string.Join(' ', arguments), row), (string.Join(' ', arguments), left));
        }

        Assert.Equal(
            Verbs.Names.Order(StringComparer.Ordinal),
            calls.Select(call => call.Arguments[0]).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Migrations_that_were_applied_are_named()
    {
        await Shop.ExecuteAsync("""
            drop index coupons.requests_by_user;
            delete from coupons.migrations where name = 'requests_by_user'
            """);
        var before = await CountAsync();
        Assert.Equal(0, (await RunAsync("migrate", Database)).ExitCode);
        Assert.Equal(
            """Migrate MIGRATE {"applied":["coupons/0020_requests_by_user"]}""", await LeftAsync(before));
    }

    [Fact]
    public async Task A_seeding_that_fails_leaves_nothing()
    {
        await CreateProductAsync();
        var before = await CountAsync();
        Assert.Equal(2, (await RunAsync("seed", Database)).ExitCode);
        Assert.Equal("", await LeftAsync(before));
    }

    private async Task<(string Id, string EventId)[]> PlantAsync(int count)
    {
        await Shop.ExecuteAsync($$"""
            insert into ordering.deliveries (event_id, order_id, sequence, type, envelope, occurred_at,
                next_attempt_at, status, attempts, last_error, failed_at)
            select gen_random_uuid(), gen_random_uuid(), 1, 'order.paid', '{"type":"order.paid"}', now(), now(),
                'DEAD', 12, 'down', now()
            from generate_series(1, {{count}}) n
            """);
        var letters = (await Admin.GetAsync("/admin/outbox/dead-letters")).Body.GetProperty("items");
        return [.. letters.EnumerateArray().Select(letter =>
            (letter.GetProperty("id").GetString()!, letter.GetProperty("eventId").GetString()!))];
    }

    private Task<long> MadeAsync() => Shop.QueryAsync<long>("select max(user_id) from identity.users");

    private Task<long> CountAsync() => Shop.QueryAsync<long>("select count(*) from identity.activity");

    private async Task<string> LeftAsync(long before) => await Shop.QueryAsync<string>($"""
        select coalesce(string_agg(concat_ws(' ', action, target_type, target_id, after), '; '), '') from (
            select * from identity.activity where actor_type = 'COMMAND_LINE'
            order by occurred_at, activity_id offset greatest(0, {before} - (
                select count(*) from identity.activity where actor_type <> 'COMMAND_LINE'))) a
        """);
}
