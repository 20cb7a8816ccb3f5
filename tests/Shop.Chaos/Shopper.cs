using Shop.Client;

namespace Shop.Chaos;

/// <summary>A customer from signing up to leaving: does one thing at a time and notes what it was told.</summary>
internal sealed class Shopper(Client client, Goods goods, History history, Random random)
{
    private const string Password = "correct horse";
    private const int VisitLength = 40;
    private const int MaximumOpenOrders = 10;

    // Errors that the shop may give whatever a customer knows: others buy too, and events take their time.
    private static readonly string[] OrderErrors =
        [
            "catalog.out_of_stock",
            "catalog.purchase_limit_exceeded",
            "payments.insufficient_balance",
            "coupons.in_use",
            "coupons.already_used",
            "wallet.maximum_balance_exceeded",
        ];

    private static readonly string[] CouponErrors =
    [
        "coupons.sold_out", "coupons.already_issued", "coupons.already_requested",
    ];

    /// <summary>Null until it has signed in.</summary>
    public Customer? Customer { get; private set; }

    /// <summary>Ends when the customer can do no more before it is calm.</summary>
    public Task InDoubt => client.InDoubt;

    public async Task ShopAsync(CancellationToken closing)
    {
        var customer = Customer = await RegisterAsync();
        await ChargeAsync(customer);
        for (var visit = 0; visit < VisitLength && !closing.IsCancellationRequested; visit++)
            await DoSomethingAsync(customer);
    }

    private Task DoSomethingAsync(Customer customer) => random.Next(100) switch
    {
        < 7 => ChargeAsync(customer),
        < 12 => TopUpAsync(customer),
        < 32 => OrderAsync(customer, "order", fromCart: false),
        < 52 => PayAsync(customer),
        < 64 => OrderAsync(customer, "checkout", fromCart: false),
        < 71 => CancelAsync(customer),
        < 75 => RefundAsync(customer),
        < 77 => FulfilAsync(customer),
        < 79 => AdjustAsync(customer),
        < 81 => IssueAsync(customer),
        < 84 => LineUpAsync(customer),
        < 92 => AddToCartAsync(customer),
        < 96 => OrderAsync(customer, "order", fromCart: true),
        _ => OrderAsync(customer, "checkout", fromCart: true),
    };

    // There is no key without a user: that the address is taken says that an earlier sending has done it.
    private async Task<Customer> RegisterAsync()
    {
        var email = $"{Guid.NewGuid():N}@example.com";
        var registered = await client.PostAsync("register", null, (shop, _) => shop.RegisterUserAsync(
            new RegisterUserRequest { Email = email, Password = Password, Name = "Customer" }));
        if (!registered.IsSuccess && registered.Code != "identity.email_taken")
            throw new InvalidOperationException($"Registering: {registered}");
        var session = await client.PostAsync("sign in", null, (shop, _) => shop.SignInAsync(
            new SignInRequest { Email = email, Password = Password }));
        return new Customer(session["userId"].GetInt64(), session["accessToken"].GetString()!);
    }

    private async Task ChargeAsync(Customer customer)
    {
        var amount = 1_000 + customer.Charges.Count * 1_000 + random.Next(1_000);
        var charged = await client.PostAsync("charge", customer.Token, (shop, key) => shop.ChargeWalletAsync(
            customer.UserId, new ChargeRequest { Amount = amount }, key));
        if (Done(charged))
            customer.Charges.Add(amount, charged);
    }

    // Each step may be sent again by the same storefront: the money is taken and credited once.
    private async Task TopUpAsync(Customer customer)
    {
        var amount = 1_000 + random.Next(5_000);
        var made = await client.PostAsync("top up", customer.Token, (shop, key) => shop.CreateTopUpAsync(
            customer.UserId, new CreateTopUpRequest { Amount = amount }, key));
        if (!Done(made, "wallet.maximum_balance_exceeded"))
            return;
        var orderId = made["topUpId"].GetGuid();
        var paid = await client.PostAsync("pay at provider", null, (shop, _) => shop.PayAtFakeAsync(
            new PayAtFakeRequest { OrderId = $"{orderId}", Amount = amount, Approve = true }));
        if (!Done(paid))
            return;
        var confirm = new ConfirmTopUpRequest { ProviderPaymentId = paid["providerPaymentId"].GetString()! };
        var confirmed = await client.PostAsync(
            "confirm", customer.Token, (shop, key) => shop.ConfirmTopUpAsync(orderId, confirm, key));
        if (!Done(confirmed))
            return;
        if (confirmed["status"].GetString() != "COMPLETED")
            history.Violate($"a top-up that was paid is {confirmed}");
        customer.TopUps.Add(orderId, confirmed);
    }

    private async Task OrderAsync(Customer customer, string kind, bool fromCart)
    {
        long? userCouponId = customer.Coupons.Count > 0 && random.Next(3) == 0
            ? customer.Coupons.Values.ElementAt(random.Next(customer.Coupons.Count))
            : null;
        var asked = new OrderRequest
        {
            UserId = customer.UserId,
            FromCart = fromCart,
            Items = fromCart ? null : SomeItems(),
            UserCouponId = userCouponId,
        };
        var quote = random.Next(3) == 0
            ? await client.AskAsync(customer.Token, shop => shop.QuoteOrderAsync(asked))
            : null;
        // No price changes here: an order of another total than its quote is a violation.
        asked.ExpectedTotal = quote is { IsSuccess: true } ? quote["totalAmount"].GetInt64() : null;
        var answer = await client.PostAsync(kind, customer.Token, (shop, key) => kind == "checkout"
            ? shop.CheckoutAsync(asked, key)
            : shop.PlaceOrderAsync(asked, key));
        if (!Done(answer, [.. OrderErrors, .. ExcusedBy(customer, kind, fromCart)]))
            return;

        var order = new RecordedOrder(kind == "checkout" ? answer["order"] : answer.Body, fromCart);
        customer.Orders.Add(order.OrderId, order);
        if (kind == "checkout")
            Paid(customer, new Answer(answer.Status, answer["payment"].GetRawText()));
        if (fromCart)
            order.AddItemsTo(customer.Cart, sign: -1);
    }

    private static IEnumerable<string> ExcusedBy(Customer customer, string kind, bool fromCart)
    {
        if (fromCart && customer.Cart.Values.All(quantity => quantity <= 0))
            yield return "orders.empty_cart";
        if (kind == "order" && customer.Orders.Values.Count(order => order.Status == "CREATED") >= MaximumOpenOrders)
            yield return "orders.too_many_open";
    }

    private async Task PayAsync(Customer customer)
    {
        if (Pick(customer, "CREATED") is not { } order)
            return;
        var answer = await client.PostAsync("pay", customer.Token, (shop, key) => shop.PayOrderAsync(
            new PayOrderRequest { OrderId = order.OrderId }, key));
        if (answer.Code == "payments.insufficient_balance")
            order.Status = "PAYMENT_FAILED";
        else if (!TooLate(order, answer, "orders.not_payable") && Done(answer))
            Paid(customer, answer);
    }

    private async Task CancelAsync(Customer customer)
    {
        if (Pick(customer, random.Next(2) == 0 ? "CREATED" : "PAID") is not { } order)
            return;
        var answer = await client.PostAsync("cancel", customer.Token, (shop, key) => shop.CancelOrderAsync(
            order.OrderId, key, new CancelOrderRequest { Reason = "Regretted" }));
        if (order.FulfilledAt is not null)
        {
            if (answer.Code != "orders.not_cancellable" || answer["orderStatus"].GetString() != "PAID")
                history.Violate($"an order that has left the house was cancelled: {answer}");
            return;
        }

        if (TooLate(order, answer, "orders.not_cancellable") || !Done(answer))
            return;
        var expected = order.Status == "PAID" ? "REFUNDED" : "CANCELLED";
        if (answer["status"].GetString() != expected)
            history.Violate($"an order that was {order.Status} was cancelled into {answer}");
        order.Status = expected;
    }

    private async Task RefundAsync(Customer customer)
    {
        if (Pick(customer, "PAID") is not { } order)
            return;
        var lines = order.Remaining.Where(line => line.Quantity > 0).ToList();
        var (productId, remaining) = lines[random.Next(lines.Count)];
        var quantity = random.Next(1, remaining + 1);
        var refund = new RefundItemsRequest
        {
            Items = [new RequestedItem { ProductId = productId, Quantity = quantity }],
            Restock = random.Next(2) == 0,
            Reason = "Broken",
        };
        var answer = await client.PostAsync(
            "refund", goods.Staff, (shop, key) => shop.RefundItemsAsync(order.OrderId, refund, key));
        if (Done(answer))
            order.Refund(productId, quantity, answer["amount"].GetInt64());
    }

    private async Task FulfilAsync(Customer customer)
    {
        if (Pick(customer, "PAID") is not { } order)
            return;
        var answer = await client.PostAsync("fulfil", goods.Staff, (shop, key) => shop.FulfilOrderAsync(
            order.OrderId, key, new FulfilOrderRequest { Reference = "Parcel" }));
        if (!Done(answer))
            return;
        var fulfilledAt = $"{answer["fulfilledAt"]}";
        if (order.FulfilledAt is { } before && before != fulfilledAt)
            history.Violate($"an order left the house twice, first at {before}: {answer}");
        order.FulfilledAt = fulfilledAt;
    }

    private async Task AdjustAsync(Customer customer)
    {
        var amount = random.Next(2) == 0 ? random.Next(1, 2_000) : -random.Next(1, 2_000);
        var answer = await client.PostAsync("adjust", goods.Staff, (shop, key) => shop.AdjustWalletAsync(
            customer.UserId, new AdjustWalletRequest { Amount = amount, Reason = "Counted" }, key));
        if (Done(answer, "wallet.insufficient_balance", "wallet.maximum_balance_exceeded"))
            customer.Adjustments.Add((amount, answer));
    }

    private async Task IssueAsync(Customer customer)
    {
        var coupon = goods.Coupons[random.Next(goods.Coupons.Count)];
        var answer = await client.PostAsync("issue", customer.Token, (shop, key) => shop.IssueCouponAsync(
            coupon, new IssueCouponRequest { UserId = customer.UserId }, key));
        if (Done(answer, CouponErrors))
            customer.Coupons.Add(coupon, answer["userCouponId"].GetInt64());
    }

    private async Task LineUpAsync(Customer customer)
    {
        var coupon = goods.Coupons[random.Next(goods.Coupons.Count)];
        var answer = await client.PostAsync("line up", customer.Token, (shop, key) => shop.RequestCouponAsync(
            coupon, new RequestCouponRequest { UserId = customer.UserId }, key));
        if (Done(answer, CouponErrors))
            customer.Requests.Add(answer["requestId"].GetGuid());
    }

    private async Task AddToCartAsync(Customer customer)
    {
        var (productId, quantity) = (SomeProduct(), random.Next(1, 4));
        var answer = await client.PostAsync("add to cart", customer.Token, (shop, key) => shop.AddToCartAsync(
            customer.UserId, new AddToCartRequest { ProductId = productId, Quantity = quantity }, key));
        if (Done(answer, "catalog.out_of_stock"))
            customer.Cart[productId] = customer.Cart.GetValueOrDefault(productId) + quantity;
    }

    private static void Paid(Customer customer, Answer payment)
    {
        customer.Orders[payment["orderId"].GetGuid()].Status = "PAID";
        customer.Payments.Add(payment["paymentId"].GetGuid(), payment);
    }

    // The customer and the clock alone close its orders, and it does one thing at a time.
    private bool TooLate(RecordedOrder order, Answer answer, string code)
    {
        if (answer.Code != code)
            return false;
        var now = answer["orderStatus"].GetString()!;
        if (order.Status != "CREATED" || now != "EXPIRED")
            history.Violate($"an order that must be {order.Status} is {now}: {order.OrderId}");
        order.Status = now;
        return true;
    }

    private bool Done(Answer answer, params IReadOnlyList<string> excused)
    {
        if (!answer.IsSuccess && !excused.Contains(answer.Code))
            history.Violate($"an answer that nothing excuses: {answer}");
        return answer.IsSuccess;
    }

    private RecordedOrder? Pick(Customer customer, string status)
    {
        var orders = customer.Orders.Values.Where(order => order.Status == status).ToList();
        return orders.Count == 0 ? null : orders[random.Next(orders.Count)];
    }

    private List<RequestedItem> SomeItems() =>
        [
            .. Enumerable.Range(0, random.Next(1, 4))
            .Select(_ => new RequestedItem { ProductId = SomeProduct(), Quantity = random.Next(1, 4) }),
        ];

    private long SomeProduct() => goods.Products[random.Next(goods.Products.Count)];
}
