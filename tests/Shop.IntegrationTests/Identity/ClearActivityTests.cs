using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.Identity.Activities;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class ClearActivityTests : IdentityTest
{
    [Fact]
    public async Task An_address_goes_after_90_days_and_a_row_when_it_is_kept_no_longer()
    {
        await PlantAsync(actorId: 7, ageInDays: 89);
        await PlantAsync(actorId: 7, ageInDays: 91);
        await PlantAsync(actorId: 7, ageInDays: 729);
        await PlantAsync(actorId: 7, ageInDays: 731);
        Assert.Equal(4, await RunAsync());
        Assert.Equal(0, await RunAsync());
        Assert.Equal("89 +, 91 -, 729 -", await PlantedAsync());

        // However little is kept, nothing younger than 90 days goes.
        Assert.Equal(2, await Shop.QueryAsync<int>("select identity.clear_activity(interval '1 day', 1000)"));
        Assert.Equal("89 +", await PlantedAsync());
    }

    [Fact]
    public async Task A_round_is_bounded()
    {
        for (var i = 0; i < 3; i++)
            await PlantAsync(actorId: 7, ageInDays: 800);
        Assert.Equal(2, await Shop.QueryAsync<int>("select identity.blank_old_activity_addresses(2)"));
        Assert.Equal(2, await Shop.QueryAsync<int>("select identity.clear_activity(interval '730 days', 2)"));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.activity where actor_id = '7'"));
    }

    [Fact]
    public async Task An_erasure_takes_the_addresses_from_which_the_user_acted()
    {
        await PlantAsync(actorId: 7, ageInDays: 1);
        await PlantAsync(actorId: 8, ageInDays: 2);
        await using (var scope = Shop.Services.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            await db.BeginAsync(CancellationToken.None);
            ActivityLog.QueueBlankAddresses(db, 7);
            await db.CommitAsync(CancellationToken.None);
        }

        Assert.Equal("1 -, 2 +", await PlantedAsync());
    }

    private Task PlantAsync(long actorId, int ageInDays) => Shop.ExecuteAsync($"""
        insert into identity.activity (activity_id, occurred_at, actor_type, actor_id, action, target_type, address)
        values (gen_random_uuid(), shop.now() - interval '{ageInDays} days', 'USER', '{actorId}', 'Planted', 'SHOP',
            '192.0.2.1')
        """);

    private Task<string?> PlantedAsync() => Shop.QueryAsync<string?>("""
        select string_agg(concat(extract(day from shop.now() - occurred_at), case when address is null then ' -'
            else ' +' end),
            ', ' order by occurred_at desc)
        from identity.activity where action = 'Planted'
        """);

    private Task<int> RunAsync() =>
        Shop.Services.GetRequiredService<ClearActivity>().RunOnceAsync(CancellationToken.None);
}
