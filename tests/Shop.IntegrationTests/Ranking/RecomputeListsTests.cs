using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.IntegrationTests.Testing;
using Shop.Ranking.Lists;
using Xunit;

namespace Shop.IntegrationTests.Ranking;

public sealed class RecomputeListsTests : RankingTest
{
    [Fact]
    public async Task Who_may_recompute()
    {
        (await Anonymous.PostAsync("/admin/ranking/recompute")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
        (await (await SignUpAsync()).PostAsync("/admin/ranking/recompute")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        var (first, second) = (await RecomputeAsync(), await RecomputeAsync());
        Assert.True(second > first);
        Assert.Equal(second, (await Anonymous.GetAsync("/products/popular?days=30"))["computedAt"].GetDateTimeOffset());
    }

    [Fact]
    public async Task Hosts_computing_at_once_compute_once_an_interval()
    {
        var tea = await CreateAsync();
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        MoveToNoon(other.Clock);
        ComputeLists[] workers =
        [
            Shop.Services.GetRequiredService<ComputeLists>(), other.Services.GetRequiredService<ComputeLists>(),
        ];
        for (var round = 1; round <= 10; round++)
        {
            await DeliverAsync(Paid(Noon, (tea, 1)));
            Shop.Clock.Advance(TimeSpan.FromMinutes(1));
            other.Clock.Advance(TimeSpan.FromMinutes(1));
            var computed = await Task.WhenAll(
                workers.Concat(workers).Select(worker => Task.Run(() => worker.RunOnceAsync(CancellationToken.None))));

            Assert.Single(computed, rows => rows > 0);
            // Lists of another instance are seen within a second.
            Shop.Clock.Advance(TimeSpan.FromSeconds(1));
            other.Clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal($"{tea}:{round}", await ListAsync());
        }

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RecomputeAsync()));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(distinct computed_at) from ranking.lists"));
        Assert.Equal(0, Shop.Lost.Count + other.Lost.Count);
    }

    [Fact]
    public async Task Lists_from_a_clock_that_was_ahead_are_computed_again()
    {
        await Shop.ExecuteAsync("update ranking.lists set computed_at = computed_at + interval '1 year'");
        Assert.True(await RunWorkerAsync() > 0);
        Assert.Equal(0, await RunWorkerAsync());
    }
}
