using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

/// <summary>
/// A customer's own request is decided by one statement, and what it answers is kept by that statement too.
/// </summary>
public sealed class EnterAtOnceTests : CouponTest
{
    [Fact]
    public async Task Getting_in_is_two_round_trips_with_a_key_or_without()
    {
        var customer = await SignUpAsync();
        await EnterAsync(customer, await CreateCouponAsync(), Key());
        var (keyed, plain) = (await CreateCouponAsync(), await CreateCouponAsync());

        Assert.Equal(2, (await Shop.Sent.CountAsync(() => EnterAsync(customer, keyed, Key()))).RoundTrips);
        Assert.Equal(2, (await Shop.Sent.CountAsync(() => EnterAsync(customer, plain, key: null))).RoundTrips);
        Assert.Equal(2, await CountRequestsAsync("WAITING") - 1);
    }

    [Fact]
    public async Task A_repeat_gets_the_same_answer_whatever_came_of_the_request()
    {
        var coupon = await CreateCouponAsync(quantity: 1);
        var (first, second) = (await SignUpAsync(), await SignUpAsync());
        var key = Key();
        await EnterAsync(first, coupon, Key());
        var answer = await EnterAsync(second, coupon, key);
        Assert.Equal(2, answer["position"].GetInt64());
        await ExpectReplayAsync();

        await TickAsync();
        Assert.Equal(
            "coupons.sold_out",
            (await second.GetAsync($"/coupon-requests/{answer["requestId"].GetGuid()}"))["reason"].GetString());
        await ExpectReplayAsync();

        // No coupon of the shop's grows, but if one did: the statement would let them in once more.
        await Shop.ExecuteAsync($"update coupons.coupons set quantity = 5 where coupon_id = {coupon}");
        await ExpectReplayAsync();
        Assert.Equal(0, await CountRequestsAsync("WAITING"));
        await EnterAsync(second, coupon, Key());

        async Task ExpectReplayAsync()
        {
            var again = await RequestAsync(second, coupon, key);
            Assert.True(again.IsReplay);
            Assert.Equal(
                (answer.Status, answer.Text, answer.Headers.Location),
                (again.Status, again.Text, again.Headers.Location));
        }
    }

    [Fact]
    public async Task A_key_of_another_request_opens_no_line()
    {
        var customer = await SignUpAsync();
        var (coupon, other) = (await CreateCouponAsync(), await CreateCouponAsync());
        var key = Key();
        await EnterAsync(customer, coupon, key);

        (await RequestAsync(customer, other, key)).ExpectProblem(
            HttpStatusCode.UnprocessableEntity, "idempotency.key_reused");
        Assert.Equal(1, await CountRequestsAsync("WAITING"));
    }

    [Fact]
    public async Task A_key_that_another_instance_is_busy_with_lets_nobody_in_and_waits_for_nobody()
    {
        var customer = await SignUpAsync();
        var coupon = await CreateCouponAsync();
        var key = Key();
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var elsewhere = await connection.BeginTransactionAsync();
        await using var claim = new NpgsqlCommand(
            $"select pg_advisory_xact_lock(hashtextextended('{customer.UserId} {key}', 0))", connection, elsewhere);
        await claim.ExecuteNonQueryAsync();

        (await RequestAsync(customer, coupon, key)).ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");
        Assert.Equal(0, await CountRequestsAsync("WAITING"));
        await elsewhere.RollbackAsync();
        Assert.False((await EnterAsync(customer, coupon, key)).IsReplay);
    }

    [Fact]
    public async Task Many_of_many_at_once_on_two_instances_have_one_place_each()
    {
        const int Tries = 8;
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var coupon = await CreateCouponAsync();
        var people = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SignUpAsync()));

        // Each with one key, by which they are one request, and with others, by which they are several.
        var answers = await Task.WhenAll(people.SelectMany(customer => TriesOf(customer)));

        var entered = answers.Where(answer => answer.Status == HttpStatusCode.Accepted)
            .ToLookup(answer => answer["userId"].GetInt64());
        Assert.Equal(people.Select(customer => customer.UserId).Order(), entered.Select(own => own.Key).Order());
        Assert.All(entered, own => Assert.Single(own.Select(answer => answer.Text).Distinct()));
        Assert.All(entered, own => Assert.Single(own, answer => !answer.IsReplay));
        Assert.Equal(people.Length, entered.Select(own => own.First()["position"].GetInt64()).Distinct().Count());
        Assert.All(
            answers.Where(answer => answer.Status != HttpStatusCode.Accepted),
            answer => Assert.Contains(answer.Code, (string[])["coupons.already_requested", "idempotency.in_progress"]));
        Assert.Equal(people.Length, await CountRequestsAsync("WAITING"));

        IEnumerable<Task<Answer>> TriesOf(Customer customer)
        {
            var same = Key();
            var there = other.Client(customer.Client.AccessToken);
            return Enumerable.Range(0, Tries).Select(i => (i % 2 == 0 ? customer.Client : there).PostWithKeyAsync(
                i % 4 < 2 ? same : Key(), $"/coupons/{coupon}/requests", new { userId = customer.UserId }));
        }
    }

    private static string Key() => Guid.NewGuid().ToString();

    private static async Task<Answer> EnterAsync(Customer customer, long coupon, string? key) =>
        (await RequestAsync(customer, coupon, key)).Expect(HttpStatusCode.Accepted);

    private static Task<Answer> RequestAsync(Customer customer, long coupon, string? key)
    {
        var (path, body) = ($"/coupons/{coupon}/requests", new { userId = customer.UserId });
        return key is null ? customer.PostAsync(path, body) : customer.PostWithKeyAsync(key, path, body);
    }
}
