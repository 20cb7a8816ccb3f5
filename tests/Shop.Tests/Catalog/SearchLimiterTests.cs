using System.Net;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Concurrency;
using Shop.BuildingBlocks.Http;
using Shop.Catalog.Products.Search;
using Shop.Messages;
using Xunit;

namespace Shop.Tests.Catalog;

public sealed class SearchLimiterTests : IAsyncDisposable
{
    private static readonly CallerKey Flood = CallerKey.OfNetwork(ClientNetwork.Of(IPAddress.Parse("192.0.2.1")));
    private static readonly CallerKey Bystander = CallerKey.OfUser(1);

    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create("Host=none;Maximum Pool Size=32");

    public ValueTask DisposeAsync() => source.DisposeAsync();

    [Fact]
    public async Task One_callers_flood_takes_nobody_elses_turn()
    {
        var limiter = Limiter(queueLength: 4, TimeSpan.FromMinutes(1));
        var first = await limiter.AcquireAsync(Flood, CancellationToken.None);
        var second = await limiter.AcquireAsync(Flood, CancellationToken.None);
        var flood = Enumerable.Range(0, 8).Select(_ => limiter.AcquireAsync(Flood, CancellationToken.None)).ToList();
        var bystander = limiter.AcquireAsync(Bystander, CancellationToken.None);

        foreach (var refused in flood[3..])
            await AssertUnavailableAsync(refused);
        first.Dispose();
        second.Dispose();
        using var turn = await bystander;
        using var itsOwn = await flood[0];
        Assert.False(flood[1].IsCompleted);
    }

    [Fact]
    public async Task A_search_waits_no_longer_than_the_timeout_and_gives_its_turn_up()
    {
        var limiter = Limiter(queueLength: 4, TimeSpan.FromMilliseconds(20));
        var first = await limiter.AcquireAsync(Flood, CancellationToken.None);
        using var second = await limiter.AcquireAsync(Flood, CancellationToken.None);
        await AssertUnavailableAsync(limiter.AcquireAsync(Bystander, CancellationToken.None));

        first.Dispose();
        (await limiter.AcquireAsync(Bystander, CancellationToken.None)).Dispose();
    }

    // Two permits: a sixteenth of the pool.
    private SearchLimiter Limiter(int queueLength, TimeSpan timeout) => new(
        source, Options.Create(new SearchOptions { QueueLength = queueLength, QueueTimeout = timeout }));

    private static async Task AssertUnavailableAsync(Task<IDisposable> acquiring)
    {
        var refused = await Assert.ThrowsAsync<ErrorException>(() => acquiring);
        Assert.Equal(("unavailable", 503), (refused.Error.Code, refused.Error.Status));
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Error.RetryAfter);
    }
}
