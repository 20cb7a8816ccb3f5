namespace Shop.IntegrationTests.Model.Steps;

/// <summary>How money comes from the payment provider.</summary>
internal sealed partial class StepGenerator
{
    private Call CreateTopUp()
    {
        var (by, userId) = Somebody();
        var amount = random.Next(100) switch
        {
            < 85 => random.Next(1_000, 100_000),
            < 90 => ShopRules.MinimumCharge - 1,
            < 95 => ShopRules.MaximumBalance - (model.FindUser(userId)?.Balance ?? 0) + 1,
            _ => Any(0, -1, long.MaxValue, long.MinValue),
        };
        return new Call(
            by,
            HttpMethod.Post,
            $"/users/{userId}/top-ups",
            new { amount },
            () => model.CreateTopUp(by, userId, amount));
    }

    private Call PayAtFake()
    {
        var topUp = SomeTopUp();
        if (topUp?.StatusAt(model.Now) != "PENDING" && Chance(70))
            return CreateTopUp();
        var orderId = topUp is null || Chance(3) ? Guid.NewGuid() : topUp.Id;
        var amount = topUp is null || Chance(5) ? Any(1_000, 0, long.MaxValue) : topUp.Amount;
        var approve = Chance(85);
        return new Call(
            Asker.Nobody,
            HttpMethod.Post,
            "/fake-payments",
            new { orderId, amount, approve },
            () => model.PayAtFake(orderId, amount, approve));
    }

    // Mostly with a payment of its own; now and then with another's, or with none.
    private Call ConfirmTopUp()
    {
        if (SomeTopUp() is not { } topUp)
            return CreateTopUp();
        var own = model.FakePayments.FindAll(payment => payment.OrderId == topUp.Id);
        if (own.Count == 0 && Chance(70))
            return PayAtFake();
        var payments = own.Count > 0 && Chance(90) ? own : model.FakePayments;
        var providerPaymentId = payments.Count > 0 && Chance(97) ? Any(payments).Id : "fake_unknown";
        var (by, topUpId) = (For(topUp.User), Chance(3) ? Guid.NewGuid() : topUp.Id);
        return new Call(
            by,
            HttpMethod.Post,
            $"/top-ups/{topUpId}/confirm",
            new { providerPaymentId },
            () => model.ConfirmTopUp(by, topUpId, providerPaymentId));
    }

    private Call GetTopUp()
    {
        var topUp = Any(model.TopUps);
        var by = For(topUp.User);
        return new Call(by, HttpMethod.Get, $"/top-ups/{topUp.Id}", null, () => model.GetTopUp(by, topUp.Id));
    }

    /// <summary>Mostly one that is PENDING.</summary>
    private TopUp? SomeTopUp()
    {
        var pending = model.TopUps.FindAll(topUp => topUp.StatusAt(model.Now) == "PENDING");
        return pending.Count > 0 && Chance(75) ? Any(pending) : model.TopUps.Count > 0 ? Any(model.TopUps) : null;
    }
}
