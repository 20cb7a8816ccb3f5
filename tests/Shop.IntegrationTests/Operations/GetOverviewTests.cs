using System.Globalization;
using System.Net;
using System.Text.Json;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class GetOverviewTests : ShopTest
{
    // A host remembers days that are over.
    private protected override async Task<ShopHost> StartAsync()
    {
        var host = await ShopHost.StartAsync();
        BeginDay(host);
        return host;
    }

    [Fact]
    public async Task Each_day_of_the_shop_has_its_totals_and_those_before_are_summed()
    {
        var (tea, cup) = (await CreateProductAsync(price: 1_000), await CreateProductAsync(price: 300));
        var customer = await SignUpAsync(balance: 50_000);
        await SignUpAsync();
        await SignUpStaffAsync("SUPPORT");
        var first = await CheckOutAsync(customer, tea, 5);
        var second = await CheckOutAsync(customer, cup, 2);
        await customer.PlaceAsync((tea, 1));
        (await Admin.PostAsync(
            $"/orders/{first}/refunds", new { items = new[] { new { productId = tea, quantity = 2 } }, reason = "r" }))
            .Expect(HttpStatusCode.Created);

        var overview = await ReadAsync(Admin, 1);
        var today = Assert.Single(overview["days"].EnumerateArray());
        Assert.Equal((3, 5_600, 2_000, 2), TotalsOf(today));
        var day = DayOf(today);
        Assert.Equal((0, 0, 0, 0), TotalsOf(overview["before"]));

        // On the next day it is a day before, and what comes then counts then.
        BeginDay(Shop);
        var admin = Shop.Client(await SignInAsync("admin@shop.local", "admin-password"));
        (await admin.PostAsync($"/orders/{second}/cancel")).Expect(HttpStatusCode.OK);
        overview = await ReadAsync(admin, 1);
        Assert.Equal((0, 0, 600, 0), TotalsOf(overview["days"][0]));
        Assert.Equal((3, 5_600, 2_000, 2), TotalsOf(overview["before"]));
        overview = await ReadAsync(admin, 3);
        Assert.Equal(
            [day.AddDays(-1), day, day.AddDays(1)],
            overview["days"].EnumerateArray().Select(DayOf));
        Assert.Equal(
            [(0, 0, 0, 0), (3, 5_600, 2_000, 2), (0, 0, 600, 0)],
            overview["days"].EnumerateArray().Select(TotalsOf));

        // A day that is over for an hour is not read again.
        await Shop.ExecuteAsync("delete from wallet.ledger where type = 'PAYMENT'");
        Assert.Equal(overview["days"].GetRawText(), (await ReadAsync(admin, 3))["days"].GetRawText());
    }

    [Fact]
    public async Task It_tells_what_needs_attention_and_what_is_low()
    {
        var (none, few) = (
            await CreateProductAsync(stock: 0, name: "None"), await CreateProductAsync(stock: 5, name: "Few"));
        await CreateProductAsync(stock: 6, name: "Enough");
        var customer = await SignUpAsync();
        var now = Shop.Clock.GetUtcNow();
        await Shop.ExecuteAsync($"""
            insert into wallet.top_ups
                (top_up_id, user_id, amount, status, provider, reason, created_at, expires_at, settled_at)
            select gen_random_uuid(), {customer.UserId}, 5000, 'FAILED', 'FAKE', 'DECLINED', at, at, at
            from (values (timestamptz '{now:O}'), (timestamptz '{now.AddDays(-9):O}')) as t (at);
            insert into ordering.deliveries
                (event_id, order_id, sequence, type, envelope, occurred_at, next_attempt_at, status, attempts,
                    last_error, failed_at)
            values (gen_random_uuid(), gen_random_uuid(), 1, 'order.paid', json_build_object(), now(), now(), 'DEAD',
                12, 'gone', now())
            """);
        var coupon = (await Admin.PostAsync("/admin/coupons", new
        {
            name = "Rush",
            discount = new { type = "FIXED", value = 1_000 },
            quantity = 10,
            issueFrom = now.AddDays(-1),
            issueUntil = now.AddDays(1),
            validUntil = now.AddDays(1),
        })).Expect(HttpStatusCode.Created)["couponId"].GetInt64();
        foreach (var waiting in new[] { customer, await SignUpAsync() })
            (await waiting.PostAsync($"/coupons/{coupon}/requests", new { userId = waiting.UserId })).Expect(
                HttpStatusCode.Accepted);

        var overview = await ReadAsync(Admin, days: null);
        Assert.Equal(7, overview["days"].GetArrayLength());
        Assert.Equal(
            """{"deadLetters":0,"deliveriesDead":1,"failedTopUps":1,"longestLine":2}""",
            overview["attention"].GetRawText());
        Assert.Equal(
            $$"""[{"productId":{{none}},"name":"None","stock":0},{"productId":{{few}},"name":"Few","stock":5}]""",
            overview["lowStock"].GetRawText());
        Assert.Equal(2, (await ReadAsync(Admin, 10))["attention"].GetProperty("failedTopUps").GetInt64());
    }

    [Theory]
    [InlineData("0")]
    [InlineData("91")]
    [InlineData("-1")]
    [InlineData("week")]
    [InlineData("1.5")]
    public async Task A_number_of_days_that_there_is_not_is_refused(string days) =>
        (await Admin.GetAsync($"/admin/overview?days={days}")).ExpectInvalid("days");

    [Fact]
    public async Task It_is_for_who_may_read_orders_and_many_at_once_are_answered()
    {
        Assert.Equal(7, (await Admin.GetAsync("/admin/overview?days=")).Expect(HttpStatusCode.OK)["days"]
            .GetArrayLength());
        var support = await SignUpStaffAsync("SUPPORT");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? Admin : support.Client).GetAsync("/admin/overview?days=90")));
        Assert.All(answers, answer => Assert.Equal(90, answer.Expect(HttpStatusCode.OK)["days"].GetArrayLength()));
        (await (await SignUpStaffAsync("MARKETER")).GetAsync("/admin/overview")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await (await SignUpAsync()).GetAsync("/admin/overview")).ExpectProblem(
            HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync("/admin/overview")).ExpectProblem(
            HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    /// <summary>To two hours after the next midnight in Seoul. Sessions of before are over then.</summary>
    private static void BeginDay(ShopHost host)
    {
        var seoul = TimeZoneInfo.ConvertTime(host.Clock.GetUtcNow(), TimeZoneInfo.FindSystemTimeZoneById("Asia/Seoul"));
        host.Clock.Advance(TimeSpan.FromDays(1) - seoul.TimeOfDay + TimeSpan.FromHours(2));
    }

    private static async Task<Guid> CheckOutAsync(Customer customer, long productId, int quantity) =>
        (await customer.PostAsync(
            "/checkout", new { userId = customer.UserId, items = new[] { new { productId, quantity } } }))
        .Expect(HttpStatusCode.Created)["order"].GetProperty("orderId").GetGuid();

    private static DateOnly DayOf(JsonElement of) =>
        DateOnly.ParseExact(of.GetProperty("day").GetString()!, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static (long Orders, long Revenue, long Refunds, long NewCustomers) TotalsOf(JsonElement of) => (
        of.GetProperty("orders").GetInt64(), of.GetProperty("revenue").GetInt64(),
        of.GetProperty("refunds").GetInt64(), of.GetProperty("newCustomers").GetInt64());

    private static async Task<Answer> ReadAsync(ShopClient by, int? days) =>
        (await by.GetAsync($"/admin/overview{(days is null ? "" : $"?days={days}")}")).Expect(HttpStatusCode.OK);
}
