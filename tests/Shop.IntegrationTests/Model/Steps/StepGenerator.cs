namespace Shop.IntegrationTests.Model.Steps;

/// <summary>
/// Thinks of the next step: mostly something that makes sense as things stand, often enough something that is to be
/// refused.
/// </summary>
internal sealed partial class StepGenerator
{
    private const long Unknown = 999_999;

    private readonly Random random;
    private readonly ShopModel model;
    private readonly (int Weight, Func<Step> Make)[] steps;

    public StepGenerator(Random random, ShopModel model)
    {
        this.random = random;
        this.model = model;
        steps =
        [
            (8, Charge),
            (3, AdjustWallet),
            (4, CreateTopUp),
            (5, PayAtFake),
            (6, ConfirmTopUp),
            (3, LookUpTopUps),
            (12, AddToCart),
            (5, SetInCart),
            (2, TakeOutOfCart),
            (17, PlaceOrder),
            (10, Checkout),
            (15, Pay),
            (9, Cancel),
            (8, Refund),
            (4, Fulfil),
            (8, Quote),
            (2, LimitPurchases),
            (7, Issue),
            (9, RequestCoupon),
            (3, CreateCoupon),
            (1, MoveEndOfIssuing),
            (1, ChangeCoupon),
            (1, RevokeCoupon),
            (6, AdjustStock),
            (4, ChangeProduct),
            (8, Read),
            (2, LetTimePass),
            (3, MeetABoundary),
            (4, ExpireOrders),
            (6, ProcessQueues),
            (7, DeliverSome),
            (2, DeliverAll),
        ];
    }

    public Step Next()
    {
        var at = random.Next(steps.Sum(step => step.Weight));
        foreach (var (weight, make) in steps)
        {
            if (at < weight)
                return make();
            at -= weight;
        }

        throw new InvalidOperationException("The weights do not add up.");
    }

    private bool Chance(int percent) => random.Next(100) < percent;

    private T Any<T>(params IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    private User SomeUser() => Any(model.Users);

    /// <summary>Mostly one for sale.</summary>
    private long SomeProduct()
    {
        var forSale = model.Products.FindAll(product => product.IsForSale);
        return Chance(3) ? Unknown : forSale.Count > 0 && Chance(90) ? Any(forSale).Id : Any(model.Products).Id;
    }

    private int SomeQuantity() => random.Next(100) switch
    {
        < 87 => random.Next(1, 6),
        < 94 => random.Next(1, 61),
        < 96 => ShopRules.MostInLine,
        < 97 => ShopRules.MostInLine + 1,
        < 98 => 0,
        _ => Any(-1, 500, 501, 999),
    };

    /// <summary>Mostly the user, now and then an administrator, a stranger or nobody.</summary>
    private Asker For(User user) => random.Next(100) switch
    {
        < 88 => new Asker(user.Id, IsAdmin: false),
        < 94 => Asker.Admin,
        < 98 => new Asker(SomeUser().Id, IsAdmin: false),
        _ => Asker.Nobody,
    };

    private (Asker By, long UserId) Somebody()
    {
        if (Chance(2))
            return (Asker.Admin, Unknown);
        var user = SomeUser();
        return (For(user), user.Id);
    }

    private Asker SomeAdmin() =>
        Chance(95) ? Asker.Admin : Chance(50) ? new Asker(SomeUser().Id, IsAdmin: false) : Asker.Nobody;
}
