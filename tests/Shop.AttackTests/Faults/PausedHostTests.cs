using System.Net.Http.Headers;
using Shop.AttackTests.Testing;
using Shop.HostProcesses;
using Xunit;
using Xunit.Abstractions;

namespace Shop.AttackTests.Faults;

/// <summary>One of two hosts stands still in the middle of its transactions (SIGSTOP).</summary>
public sealed class PausedHostTests(AttackedShop shop, ITestOutputHelper output) : FaultTest(shop, output)
{
    private const int Each = 32;
    private const int HotProducts = 20;

    [Fact]
    public async Task The_other_host_serves_on()
    {
        var another = await StartHostAsync();
        var buyers = await Shop.RegularsAsync(Host, 2 * Each);
        await using var here = CheckingOut(Host, [.. buyers.Take(Each)], Hot);
        await using var there = CheckingOut(another, [.. buyers.Skip(Each)], Hot);

        await AssertGoesOnAsync(
            here,
            () =>
            {
                another.Pause();
                return Task.FromResult<IAsyncDisposable>(new Paused(another));
            },
            seconds: 6);

        await here.LeaveAsync();
        await there.LeaveAsync();
        Tell($"on the healthy host: {here}; on the one that paused: {there}");
        here.Answers.AssertOnly(201, 503);
        there.Answers.AssertOnly(201, 503);
        Assert.True(here.Answers[503] <= here.Successes / 100, $"{here}");
        await UntilDeliveredAsync();
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_key_that_was_revoked_during_its_pause_is_over_when_it_goes_on()
    {
        var another = await StartHostAsync();
        var admin = await AttackedShop.AdminAsync(Host);
        var (here, there) = (Client(Host), Client(another));
        var made = await here.ReadAsync(
            HttpMethod.Post, "/admin/api-keys", admin,
            new { name = "Paused", permissions = (string[])["operations:read"] });
        var key = new AuthenticationHeaderValue("Bearer", made.GetProperty("key").GetString());
        Assert.Equal(200, await ReadOutboxAsync(there, key));

        another.Pause();
        using var revocation = new HttpRequestMessage(
            HttpMethod.Delete, $"/api/v1/admin/api-keys/{made.GetProperty("apiKeyId")}")
        { Headers = { Authorization = admin } };
        using var revoked = await here.SendAsync(revocation);
        Assert.Equal(204, (int)revoked.StatusCode);
        var waiting = Enumerable.Range(0, 16).Select(_ => ReadOutboxAsync(there, key)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(10));
        another.Resume();

        foreach (var status in await Task.WhenAll(waiting))
            Assert.True(status is 401 or 503, $"A revoked key is answered with {status}.");
        Assert.Equal(401, await ReadOutboxAsync(there, key));
    }

    private static async Task<int> ReadOutboxAsync(HttpClient client, AuthenticationHeaderValue key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/admin/outbox")
        {
            Headers = { Authorization = key },
        };
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    // Both hosts sell the same few products, so that what the paused one has locked is wanted.
    private long Hot() => Shop.FirstProduct + 30_000 + Random.Shared.Next(HotProducts);

    private sealed class Paused(HostProcess host) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            host.Resume();
            return ValueTask.CompletedTask;
        }
    }
}
