namespace Shop.IntegrationTests.Model;

/// <summary>Top-ups, and the payments at the Fake provider.</summary>
internal sealed partial class ShopModel
{
    public List<TopUp> TopUps { get; } = [];

    /// <summary>Payments that the provider's page has authenticated, whoever's order they name.</summary>
    public List<FakePayment> FakePayments { get; } = [];

    public Reply CreateTopUp(Asker by, long userId, long amount)
    {
        if (by.ActsFor(userId) is { } refused)
            return refused;
        if (amount <= 0)
            return Reply.Invalid();
        if (FindUser(userId) is not { } user)
            return Reply.UserNotFound();
        if (CheckCharge(user, amount) is { } error)
            return error;
        if (TopUps.Count(topUp => topUp.User == user && topUp.StatusAt(Now) == "PENDING") >= rules.MaximumPendingTopUps)
            return Reply.Conflict("wallet.too_many_top_ups", new { maximum = rules.MaximumPendingTopUps });
        var topUp = new TopUp(user, amount, Now, Now + ShopRules.TopUpLifetime);
        TopUps.Add(topUp);
        return Reply.Created(body => topUp.Id = body.GetProperty("topUpId").GetGuid(), () => View.Of(topUp, Now));
    }

    /// <summary>The provider's page takes no money.</summary>
    public Reply PayAtFake(Guid orderId, long amount, bool approve)
    {
        if (amount <= 0)
            return Reply.Invalid();
        var payment = new FakePayment(orderId, amount, approve);
        FakePayments.Add(payment);
        return Reply.Ok(() => new { providerPaymentId = payment.Id }) with
        {
            Learn = body => payment.Id = body.GetProperty("providerPaymentId").GetString()!,
        };
    }

    public Reply ConfirmTopUp(Asker by, Guid topUpId, string paymentId)
    {
        if (by.SignedIn() is { } refused)
            return refused;
        if (FindTopUp(by, topUpId) is not { } topUp)
            return Reply.TopUpNotFound();
        switch (topUp.StatusAt(Now))
        {
            case "EXPIRED":
                topUp.Status = "EXPIRED";
                topUp.LookUpAfter(ShopRules.LookupInterval, Now);
                return Reply.Conflict("wallet.top_up_expired");
            case "PENDING":
                var payment = FakePayments.Find(payment =>
                    payment.Id == paymentId && payment.OrderId == topUpId && payment.Amount == topUp.Amount);
                if (payment is null)
                    return Reply.Conflict("wallet.payment_mismatch");
                topUp.Status = payment.IsApproved ? "COMPLETED" : "FAILED";
                if (payment.IsApproved)
                    Enter(topUp.User, "CHARGE", topUp.Amount, payment: null, topUp.Id.ToString());
                break;
        }

        return Reply.Ok(() => View.Of(topUp, Now)) with
        {
            Learn = body => topUp.LearnTransaction(body.GetProperty("transactionId")),
        };
    }

    public Reply GetTopUp(Asker by, Guid topUpId) =>
        by.SignedIn()
        ?? (FindTopUp(by, topUpId) is { } topUp ? Reply.Ok(() => View.Of(topUp, Now)) : Reply.TopUpNotFound());

    /// <summary>Expires what was not confirmed in time, and asks the provider what became of it.</summary>
    /// <returns>How many expired, and how many were asked about.</returns>
    public int LookUpTopUps()
    {
        var expired = TopUps.FindAll(topUp => topUp.Status == "PENDING" && topUp.StatusAt(Now) == "EXPIRED");
        foreach (var topUp in expired)
            (topUp.Status, topUp.NextLookup, topUp.Lookups) = ("EXPIRED", Now + ShopRules.LookupInterval, 0);
        var due = TopUps.FindAll(topUp => topUp.NextLookup <= Now);
        foreach (var topUp in due)
        {
            var pause = ShopRules.LookupInterval * Math.Pow(2, ++topUp.Lookups);
            topUp.LookUpAfter(pause < ShopRules.LongestLookupPause ? pause : ShopRules.LongestLookupPause, Now);
        }

        return expired.Count + due.Count;
    }

    private TopUp? FindTopUp(Asker by, Guid topUpId) =>
        TopUps.Find(topUp => topUp.Id == topUpId && by.MayActFor(topUp.User.Id));
}
