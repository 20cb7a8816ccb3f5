using System.Diagnostics;
using System.Text.Json;
using Shop.Client;

namespace Shop.Chaos;

/// <summary>
/// Compares the history with the shop once all is calm: each acknowledged effect is there once, and nothing else is.
/// </summary>
internal sealed class Checker(Client client, Goods goods, History history)
{
    /// <summary>
    /// The part of their rate that the other hosts keep while one is stopped. A batch waits 100 ms for a row that the
    /// stopped host has locked, and goes on without it; the rest is for the noise of a few seconds on two cores.
    /// </summary>
    public const double MinimumRate = 0.5;

    // Events were waited for before; this is for what an expiry meanwhile brings.
    private static readonly TimeSpan CartWait = TimeSpan.FromSeconds(15);

    /// <param name="before">Sales in a second, as is the other rate.</param>
    public static void CheckRate(History history, string stopped, double before, double meanwhile)
    {
        history.NoteRate(meanwhile / before);
        // Not so either where there were none before.
        if (!(meanwhile >= MinimumRate * before && before > 0))
            history.Violate($"the others sold {meanwhile:0}/s while {stopped} was stopped, and {before:0}/s before");
    }

    public async Task CheckAsync(IEnumerable<Customer> customers)
    {
        foreach (var operation in history.Operations.Where(operation => operation.Answer is null))
            history.Violate($"never answered: {operation}");
        foreach (var customer in customers)
            await CheckAsync(customer);
    }

    private async Task CheckAsync(Customer customer)
    {
        await CheckLedgerAsync(customer);
        await CheckOrdersAsync(customer);
        await CheckPaymentsAsync(customer);
        await CheckCouponsAsync(customer);
        await CheckCartAsync(customer);
        CheckLimits(customer);
    }

    // Orders that came to nothing, and refunded pieces, count no more.
    private void CheckLimits(Customer customer)
    {
        var bought = customer.Orders.Values.Where(order => order.Status == "PAID")
            .SelectMany(order => order.Remaining)
            .Where(line => line.ProductId == goods.Limited)
            .Sum(line => line.Quantity);
        if (bought > Goods.MaxPerUser)
            history.Violate($"user {customer.UserId} bought {bought} pieces where {Goods.MaxPerUser} are allowed");
    }

    // Each amount is charged once, and each answer says which line of the ledger it made.
    private async Task CheckLedgerAsync(Customer customer)
    {
        var ledger = await client.ListAsync(customer.Token, (shop, cursor) => shop.GetBalanceHistoryAsync(
            customer.UserId, limit: 100, cursor: cursor));
        Same(
            customer,
            "charges",
            customer.Charges.Select(
                charge => $"{charge.Key} as {charge.Value["transactionId"]} to {charge.Value["balance"]}"),
            Lines("CHARGE").Where(line => line.GetProperty("reference").ValueKind == JsonValueKind.Null).Select(
                line =>
                    $"{line.GetProperty("amount")} as {line.GetProperty(
                        "transactionId")} to {line.GetProperty("balanceAfter")}"));
        Same(
            customer,
            "top-ups in the ledger",
            customer.TopUps.Select(topUp =>
                $"{topUp.Key}: {topUp.Value["amount"]} as {topUp.Value["transactionId"]}"),
            Lines("CHARGE").Where(line => line.GetProperty("reference").ValueKind != JsonValueKind.Null).Select(
                line => $"{Referring(line)} as {line.GetProperty("transactionId")}"));
        Same(
            customer,
            "adjustments",
            customer.Adjustments.Select(adjustment =>
                $"{adjustment.Amount} as {adjustment.Answer["transactionId"]} to {adjustment.Answer["balance"]}"),
            Lines("ADJUSTMENT").Select(line =>
                $"{line.GetProperty("amount")} as {line.GetProperty("transactionId")} to "
                + $"{line.GetProperty("balanceAfter")}"));
        Same(
            customer,
            "payments in the ledger",
            customer.Payments.Values.Select(payment => $"{payment["paymentId"]}: {-payment["amount"].GetInt64()}"),
            Lines("PAYMENT").Select(Referring));
        Same(
            customer,
            "refunds in the ledger",
            customer.Payments.Values.SelectMany(payment => customer.Orders[payment["orderId"].GetGuid()].RefundLines
                .Select(amount => $"{payment["paymentId"]}: {amount}")),
            Lines("REFUND").Select(Referring));

        var balance = (await ReadAsync(customer, shop => shop.GetBalanceAsync(customer.UserId)))
            .GetProperty("balance")
            .GetInt64();
        Same(customer, "balance", [$"{customer.Balance}"], [$"{balance}"]);

        IEnumerable<JsonElement> Lines(string type) =>
            ledger.Where(line => line.GetProperty("type").GetString() == type);
        static string Referring(JsonElement line) => $"{line.GetProperty("reference")}: {line.GetProperty("amount")}";
    }

    private async Task CheckOrdersAsync(Customer customer)
    {
        var orders = await OrdersAsync(customer);
        Same(
            customer,
            "orders",
            customer.Orders.Values.Select(order => Contents(order.Answer, order)),
            orders.Select(order => Contents(order, made: null)));
        Same(customer, "states of orders", customer.Orders.Values.Select(
            order => $"{order.OrderId} {order.Status}"), orders.Select(order =>
        {
            var (orderId, status) = (order.GetProperty("orderId").GetGuid(), order.GetProperty("status").GetString());
            var expiredSince = status == "EXPIRED" && customer.Orders.GetValueOrDefault(orderId)?.Status == "CREATED";
            return $"{orderId} {(expiredSince ? "CREATED" : status)}";
        }));

        Same(
            customer,
            "fulfilled orders",
            customer.Orders.Values.Where(order => order.FulfilledAt is not null)
                .Select(order => $"{order.OrderId} at {order.FulfilledAt}"),
            orders.Where(order => order.GetProperty("fulfilledAt").ValueKind != JsonValueKind.Null)
                .Select(order => $"{order.GetProperty("orderId")} at {order.GetProperty("fulfilledAt")}"));

        // Pieces were refunded since it was made.
        static string Contents(JsonElement order, RecordedOrder? made) =>
            $"{order.GetProperty("createdAt")} {order.GetProperty("orderId")} of {order.GetProperty(
                "totalAmount")} with coupon {order.GetProperty("userCouponId")}: {string.Join(
                ", ", order.GetProperty("items").EnumerateArray().Select(item => Line(item, made)))}";

        static string Line(JsonElement item, RecordedOrder? made) =>
            $"{item.GetProperty("quantity")} of {item.GetProperty("productId")} {item.GetProperty("name")} at "
            + $"{item.GetProperty("unitPrice")} is {item.GetProperty("amount")} less {item.GetProperty(
                "discountAmount")}, {Refunded(item, made)} refunded";

        static int Refunded(JsonElement item, RecordedOrder? made) => made switch
        {
            null => item.GetProperty("refundedQuantity").GetInt32(),
            { Status: "REFUNDED" } => item.GetProperty("quantity").GetInt32(),
            _ => made.RefundedOf(item.GetProperty("productId").GetInt64()),
        };
    }

    private async Task CheckPaymentsAsync(Customer customer)
    {
        var payments = await client.ListAsync(customer.Token, (shop, cursor) => shop.ListPaymentsAsync(
            customer.UserId, limit: 100, cursor: cursor));
        Same(
            customer,
            "payments",
            customer.Payments.Values.Select(payment => Contents(payment.Body)),
            Of("COMPLETED").Select(Contents));
        Same(customer, "refunded payments", Refunded(customer).Select(payment => Contents(payment.Body)),
            Of("COMPLETED")
                .Where(payment => payment.GetProperty("refundedAt").ValueKind != JsonValueKind.Null)
                .Select(Contents));
        Same(
            customer,
            "failed payments",
            customer.Orders.Values.Where(order => order.Status == "PAYMENT_FAILED").Select(order => $"{order.OrderId}"),
            Of("FAILED").Select(payment => $"{payment.GetProperty("orderId")}"));

        IEnumerable<JsonElement> Of(string status) =>
            payments.Where(payment => payment.GetProperty("status").GetString() == status);
        static string Contents(JsonElement payment) =>
            $"{payment.GetProperty("paymentId")} of {payment.GetProperty("amount")} for "
            + $"{payment.GetProperty("orderId")} at {payment.GetProperty("paidAt")}";
    }

    // Those had at once, and those that came of standing in line.
    private async Task CheckCouponsAsync(Customer customer)
    {
        var had = customer.Coupons.Values.Select(held => $"{held}").ToList();
        foreach (var requestId in customer.Requests)
        {
            var request = await ReadAsync(customer, shop => shop.GetCouponRequestAsync(requestId));
            var status = request.GetProperty("status").GetString();
            if (status == "COMPLETED")
                had.Add($"{request.GetProperty("userCouponId")}");
            else if (status != "FAILED")
                history.Violate($"user {customer.UserId}: a request was not processed: {request}");
        }

        Same(
            customer,
            "coupons",
            had,
            (await client.ListAsync(customer.Token, (shop, cursor) => shop.ListUserCouponsAsync(
                customer.UserId, limit: 100, cursor: cursor))).Select(held => $"{held.GetProperty("userCouponId")}"));
    }

    private async Task CheckCartAsync(Customer customer)
    {
        // Items of an order that came to nothing come back by event, and an order may expire meanwhile.
        var waited = Stopwatch.StartNew();
        var (told, found) = (await ExpectedCartAsync(customer), await CartAsync(customer));
        while (!told.SequenceEqual(found) && waited.Elapsed < CartWait)
        {
            await Task.Delay(200);
            (told, found) = (await ExpectedCartAsync(customer), await CartAsync(customer));
        }

        Same(customer, "cart", told, found);
    }

    private async Task<List<string>> ExpectedCartAsync(Customer customer)
    {
        var cart = new Dictionary<long, int>(customer.Cart);
        foreach (var order in await OrdersAsync(customer))
        {
            if (order.GetProperty("status").GetString() is "PAYMENT_FAILED" or "EXPIRED"
                && customer.Orders.GetValueOrDefault(order.GetProperty("orderId").GetGuid())
                    is { IsFromCart: true } made)
                made.AddItemsTo(cart, sign: 1);
        }

        return [.. cart.Where(line => line.Value != 0).Select(line => $"{line.Value} of {line.Key}").Order(
            StringComparer.Ordinal)];
    }

    private async Task<List<string>> CartAsync(Customer customer) =>
    [
        .. (await ReadAsync(customer, shop => shop.GetCartAsync(customer.UserId))).GetProperty("items").EnumerateArray()
            .Select(line => $"{line.GetProperty("quantity")} of {line.GetProperty("productId")}")
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<Answer> Refunded(Customer customer) =>
        customer.Payments.Values.Where(payment => customer.Orders[payment["orderId"].GetGuid()].Status == "REFUNDED");

    private void Same(Customer customer, string what, IEnumerable<string> told, IEnumerable<string> found)
    {
        var (expected, actual) = (
            told.Order(StringComparer.Ordinal).ToList(), found.Order(StringComparer.Ordinal).ToList());
        if (expected.SequenceEqual(actual))
            return;
        // A duplicate shows up as well: one occurrence is taken off once.
        var missing = Less(expected, actual);
        var surplus = Less(actual, expected);
        history.NoteDifference(what, missing.Count, surplus.Count);
        history.Violate(
            $"user {customer.UserId}, {what}: told but not there [{string.Join(
                "; ", missing)}], there but not told [{string.Join("; ", surplus)}]");
    }

    private static List<string> Less(IEnumerable<string> from, IEnumerable<string> off)
    {
        var left = from.ToList();
        foreach (var item in off)
            left.Remove(item);
        return left;
    }

    private Task<IReadOnlyList<JsonElement>> OrdersAsync(Customer customer) => client.ListAsync(
        customer.Token, (shop, cursor) => shop.ListOrdersAsync(customer.UserId, limit: 100, cursor: cursor));

    private async Task<JsonElement> ReadAsync(Customer customer, Func<ShopClient, Task> call)
    {
        var answer = await client.AskAsync(customer.Token, call);
        return answer.IsSuccess ? answer.Body : throw new InvalidOperationException($"It could not be read: {answer}");
    }
}
