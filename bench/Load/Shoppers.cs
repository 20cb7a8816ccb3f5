using System.Globalization;
using System.Text;

namespace Shop.Bench.Load;

/// <summary>A client with one connection and one operation after the other.</summary>
internal abstract class Shopper(LoadPlan plan, int connection)
{
    protected LoadPlan Plan { get; } = plan;

    protected Random Random { get; } = new((plan.Seed * 1009) + connection);

    protected RequestWriter Writer { get; } = new();

    protected IdempotencyKeys Keys { get; } = new(plan.Seed, connection);

    /// <summary>Of a storefront's server, which acts for any user.</summary>
    protected byte[] StorefrontHeaders { get; } = plan.StorefrontTokens.Count == 0
        ? []
        : RequestWriter.Headers(plan.StorefrontTokens[connection % plan.StorefrontTokens.Count]);

    /// <summary>The next request, of a new operation or of the one under way.</summary>
    public abstract ReadOnlySpan<byte> Next();

    /// <summary>Takes a good answer.</summary>
    /// <returns>Whether that ends the operation.</returns>
    public virtual bool Take(ReadOnlySpan<byte> body) => true;

    /// <summary>The operation under way has failed; the next request begins another.</summary>
    public virtual void GiveUp()
    {
    }
}

internal static class Shoppers
{
    public const string Checkout = "checkout";
    public const string HotCheckout = "hot-checkout";
    public const string Lines = "lines";
    public const string OrderThenPay = "order-then-pay";
    public const string Charge = "charge";
    public const string ChargeOne = "charge-one";
    public const string QueueEntry = "coupon-request";
    public const string CouponIssue = "coupon-issue";
    public const string CodeRedemption = "code-redemption";
    public const string Get = "get";
    public const string GetAny = "get-any";
    public const string GetProduct = "get-product";
    public const string GetBalance = "get-balance";

    public static Shopper Create(LoadPlan plan, int connection) => plan.Traffic switch
    {
        Checkout => new CheckoutShopper(plan, connection, oneProduct: false),
        HotCheckout => new CheckoutShopper(plan, connection, oneProduct: true),
        Lines => new LinesShopper(plan, connection),
        OrderThenPay => new OrderThenPayShopper(plan, connection),
        Charge => new ChargingShopper(plan, connection, plan.Customers.Count),
        ChargeOne => new ChargingShopper(plan, connection, customers: 1),
        QueueEntry => new CouponShopper(plan, connection, "requests"),
        CouponIssue => new CouponShopper(plan, connection, "issue"),
        CodeRedemption => new CodeShopper(plan, connection),
        Get => new ReadingShopper(plan, connection, [plan.Path]),
        GetAny => new ReadingShopper(plan, connection, plan.Paths!),
        GetProduct => new ProductShopper(plan, connection),
        GetBalance => new BalanceShopper(plan, connection),
        _ => throw new InvalidOperationException($"No shopper does {plan.Traffic}."),
    };
}

/// <summary>
/// Any user orders one or two of all products, or everybody the same one, one to three of each. The baskets of the
/// baseline's scripts.
/// </summary>
internal abstract class OrderingShopper(LoadPlan plan, int connection, bool oneProduct) : Shopper(plan, connection)
{
    protected void WriteOrder(ReadOnlySpan<byte> path)
    {
        var half = Plan.Products.Count / 2;
        var first = Plan.Products.First + (oneProduct ? 0 : Random.Next(half));
        var quantity = Random.Next(1, 4);
        Writer.Body().Text("{\"userId\":"u8).Number(Plan.Users.Any(Random)).Text(",\"items\":["u8);
        WriteItem(first, quantity);
        if (!oneProduct && Random.Next(2) == 1)
        {
            Writer.Text(","u8);
            WriteItem(Plan.Products.First + half + Random.Next(Plan.Products.Count - half), quantity);
        }

        Writer.Text("]}"u8).Post(path, StorefrontHeaders, Keys);
    }

    protected void WriteItem(long product, int quantity) =>
        Writer.Text("{\"productId\":"u8).Number(product).Text(",\"quantity\":"u8).Number(quantity).Text("}"u8);
}

internal sealed class CheckoutShopper(LoadPlan plan, int connection, bool oneProduct)
    : OrderingShopper(plan, connection, oneProduct)
{
    public override ReadOnlySpan<byte> Next()
    {
        WriteOrder("/api/v1/checkout"u8);
        return Writer.Request;
    }
}

/// <summary>
/// A checkout of one product of each of as many equal shelves as the order has lines, one to three of each.
/// </summary>
internal sealed class LinesShopper(LoadPlan plan, int connection) : OrderingShopper(plan, connection, oneProduct: false)
{
    public override ReadOnlySpan<byte> Next()
    {
        var shelf = Plan.Products.Count / Plan.Lines;
        Writer.Body().Text("{\"userId\":"u8).Number(Plan.Users.Any(Random)).Text(",\"items\":["u8);
        for (var line = 0; line < Plan.Lines; line++)
        {
            if (line > 0)
                Writer.Text(","u8);
            WriteItem(Plan.Products.First + line * shelf + Random.Next(shelf), Random.Next(1, 4));
        }

        Writer.Text("]}"u8).Post("/api/v1/checkout"u8, StorefrontHeaders, Keys);
        return Writer.Request;
    }
}

internal sealed class OrderThenPayShopper(LoadPlan plan, int connection)
    : OrderingShopper(plan, connection, oneProduct: false)
{
    private const int IdLength = 36;

    private readonly byte[] orderId = new byte[IdLength];
    private bool ordered;

    public override ReadOnlySpan<byte> Next()
    {
        if (ordered)
            Writer
                .Body()
                .Text("{\"orderId\":\""u8)
                .Text(orderId)
                .Text("\"}"u8)
                .Post("/api/v1/payments"u8, StorefrontHeaders, Keys);
        else
            WriteOrder("/api/v1/orders"u8);
        return Writer.Request;
    }

    public override bool Take(ReadOnlySpan<byte> body)
    {
        ordered = !ordered;
        if (ordered)
            body.Slice(body.IndexOf("\"orderId\":\""u8) + "\"orderId\":\"".Length, IdLength).CopyTo(orderId);
        return !ordered;
    }

    public override void GiveUp() => ordered = false;
}

/// <summary>A signed-in customer, another one each time, charges the own wallet.</summary>
internal sealed class ChargingShopper : Shopper
{
    private readonly (byte[] Path, byte[] Headers)[] wallets;

    public ChargingShopper(LoadPlan plan, int connection, int customers) : base(plan, connection) => wallets =
        [
            .. plan.Customers.Take(customers)
            .Select(customer => (Path(customer.UserId), RequestWriter.Headers(customer.Token))),
        ];

    public override ReadOnlySpan<byte> Next()
    {
        var (path, headers) = wallets[Random.Next(wallets.Length)];
        Writer.Body().Text("{\"amount\":"u8).Number(Random.Next(1_000, 5_000)).Text("}"u8).Post(path, headers, Keys);
        return Writer.Request;
    }

    private static byte[] Path(long userId) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"/api/v1/users/{userId}/balance/charges"));
}

/// <summary>Each pair of user and coupon once: connection after connection, coupon by coupon.</summary>
internal abstract class PairShopper(LoadPlan plan, int connection) : Shopper(plan, connection)
{
    private long turn = connection;

    public override ReadOnlySpan<byte> Next()
    {
        Write(Plan.Users.At(turn), (int)(turn / Plan.Users.Count % Plan.Coupons.Count));
        turn += Plan.Connections;
        return Writer.Request;
    }

    /// <param name="coupon">Its place among the plan's.</param>
    protected abstract void Write(long user, int coupon);
}

internal sealed class CouponShopper(LoadPlan plan, int connection, string action) : PairShopper(plan, connection)
{
    private readonly byte[][] paths =
    [
        .. Enumerable.Range(0, plan.Coupons.Count).Select(index =>
            Encoding.ASCII.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"/api/v1/coupons/{plan.Coupons.First + index}/{action}"))),
    ];

    protected override void Write(long user, int coupon) => Writer
        .Body().Text("{\"userId\":"u8).Number(user).Text("}"u8).Post(paths[coupon], StorefrontHeaders, Keys);
}

/// <summary>Redeems the one code of each coupon, which <see cref="Scenarios.CouponSeeds"/> names.</summary>
internal sealed class CodeShopper(LoadPlan plan, int connection) : PairShopper(plan, connection)
{
    protected override void Write(long user, int coupon) => Writer
        .Body()
        .Text("{\"userId\":"u8)
        .Number(user)
        .Text(",\"code\":\"BENCH"u8)
        .Number(Plan.Coupons.First + coupon)
        .Text("\"}"u8)
        .Post("/api/v1/coupon-codes/redeem"u8, StorefrontHeaders, Keys);
}

/// <summary>One of some paths, without signing in.</summary>
internal sealed class ReadingShopper(LoadPlan plan, int connection, IReadOnlyList<string> paths)
    : Shopper(plan, connection)
{
    private readonly byte[][] targets = [.. paths.Select(Encoding.ASCII.GetBytes)];
    private readonly byte[] headers = RequestWriter.Headers(token: null);

    public override ReadOnlySpan<byte> Next() => Writer.Get(targets[Random.Next(targets.Length)], headers).Request;
}

internal sealed class ProductShopper(LoadPlan plan, int connection) : Shopper(plan, connection)
{
    private readonly byte[] headers = RequestWriter.Headers(token: null);

    public override ReadOnlySpan<byte> Next()
    {
        Span<byte> path = stackalloc byte[64];
        Writer.Body().Text("/api/v1/products/"u8).Number(Plan.Products.Any(Random));
        var length = Writer.CopyBody(path);
        return Writer.Get(path[..length], headers).Request;
    }
}

internal sealed class BalanceShopper(LoadPlan plan, int connection) : Shopper(plan, connection)
{
    private readonly (byte[] Path, byte[] Headers)[] wallets =
    [
        .. plan.Customers.Select(customer => (
            Encoding.ASCII.GetBytes(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"/api/v1/users/{customer.UserId}/balance")), RequestWriter.Headers(customer.Token))),
    ];

    public override ReadOnlySpan<byte> Next()
    {
        var (path, headers) = wallets[Random.Next(wallets.Length)];
        return Writer.Get(path, headers).Request;
    }
}
