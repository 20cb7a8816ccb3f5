using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shop.Coupons.Queue;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Coupons;

/// <summary>
/// A test with coupons in it, and with people for whom the administrator acts: signing up hundreds would take longer
/// than the test.
/// </summary>
public abstract class CouponTest : ShopTest
{
    private protected DateTimeOffset Now => Shop.Clock.GetUtcNow();

    /// <summary>Times are minutes from now.</summary>
    private protected async Task<long> CreateCouponAsync(
        int quantity = 10,
        string type = "FIXED",
        long value = 1_000,
        long? maxDiscount = null,
        long? minimumOrderAmount = null,
        int issueFrom = -10,
        int issueUntil = 20, int? validFrom = null, int validUntil = 30, string? issuance = null)
    {
        var terms = new
        {
            name = "Welcome",
            discount = new { type, value, maxDiscount },
            minimumOrderAmount,
            quantity,
            issueFrom = At(issueFrom),
            issueUntil = At(issueUntil),
            validFrom = validFrom is { } minutes ? At(minutes) : null,
            validUntil = At(validUntil),
            issuance,
        };
        return (await Admin.PostAsync("/admin/coupons", terms)).Expect(HttpStatusCode.Created)["couponId"].GetInt64();
    }

    /// <summary>Customers with a wallet and without a password.</summary>
    private protected async Task<long[]> PeopleAsync(int count) => await Shop.QueryAsync<long[]>($"""
        with people as (
            insert into identity.users (email, normalized_email, name, security_stamp, role, created_at)
            select email, upper(email), 'Somebody', email, 'CUSTOMER', now()
            from (select format('%s@example.com', gen_random_uuid()) as email from generate_series(1, {count}))
                as emails
            returning user_id),
        wallets as (insert into wallet.wallets (user_id, balance) select user_id, 0 from people)
        select array_agg(user_id order by user_id) from people
        """);

    private protected Task<Answer> IssueAsync(long couponId, long userId) =>
        Admin.PostAsync($"/coupons/{couponId}/issue", new { userId });

    private protected async Task<long> HoldAsync(long couponId, long userId) =>
        (await IssueAsync(couponId, userId)).Expect(HttpStatusCode.Created)["userCouponId"].GetInt64();

    private protected Task<Answer> RequestAsync(long couponId, long userId) =>
        Admin.PostAsync($"/coupons/{couponId}/requests", new { userId });

    private protected async Task<Guid> EnterQueueAsync(long couponId, long userId) =>
        (await RequestAsync(couponId, userId)).Expect(HttpStatusCode.Accepted)["requestId"].GetGuid();

    private protected async Task<Answer> ReadRequestAsync(Guid requestId) =>
        (await Admin.GetAsync($"/coupon-requests/{requestId}")).Expect(HttpStatusCode.OK);

    private protected async Task<Answer> ReadIssuedCouponAsync(long userId, long userCouponId) =>
        (await Admin.GetAsync($"/users/{userId}/coupons/{userCouponId}")).Expect(HttpStatusCode.OK);

    private protected async Task<CouponCount> CountAsync(long couponId)
    {
        var coupon = (await Anonymous.GetAsync($"/coupons/{couponId}")).Expect(HttpStatusCode.OK);
        return new CouponCount(coupon["issued"].GetInt32(), coupon["remaining"].GetInt32());
    }

    /// <summary>The scheduler comes by, a second after the last time.</summary>
    private protected Task<int> TickAsync()
    {
        Shop.Clock.Advance(TimeSpan.FromSeconds(1));
        return ProcessAsync(Shop);
    }

    private protected static Task<int> ProcessAsync(ShopHost host) =>
        host.Services.GetRequiredService<ProcessQueues>().RunOnceAsync(CancellationToken.None);

    /// <summary>
    /// How many user coupons there are of this coupon, which must be what it counts itself, and one for each user.
    /// </summary>
    private protected async Task<long> IssuedAsync(long couponId)
    {
        var issued = await Shop.QueryAsync<long>(
            $"select count(*) from coupons.user_coupons where coupon_id = {couponId}");
        Assert.Equal(
            issued,
            await Shop.QueryAsync<long>($"select issued::bigint from coupons.coupons where coupon_id = {couponId}"));
        Assert.Equal(
            issued,
            await Shop.QueryAsync<long>(
                $"select count(distinct user_id) from coupons.user_coupons where coupon_id = {couponId}"));
        return issued;
    }

    private protected Task<long> CountRequestsAsync(string status) =>
        Shop.QueryAsync<long>($"select count(*) from coupons.requests where status = '{status}'");

    private protected string At(double minutes) =>
        Now.AddMinutes(minutes).ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);

    private protected static Task<Answer> OrderWithAsync(Customer customer, long product, long userCouponId) =>
        customer.PostAsync(
            "/orders",
            new
            {
                userId = customer.UserId,
                items = new[] { new { productId = product, quantity = 1 } },
                userCouponId,
            });

    private protected static IEnumerable<long> UserCouponIds(Answer page) => page.Expect(HttpStatusCode.OK)["items"]
        .EnumerateArray()
        .Select(issued => issued.GetProperty("userCouponId").GetInt64());

    private protected sealed record CouponCount(int Issued, int Remaining);
}
