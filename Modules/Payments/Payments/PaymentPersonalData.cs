using Shop.BuildingBlocks.Exports;

namespace Shop.Payments.Payments;

/// <summary>The data of Payments about a user, for an export.</summary>
internal static class PaymentPersonalData
{
    public static IReadOnlyList<PersonalData> All { get; } =
    [
        new("payments", """
            select payment_id, order_id, amount, status, created_at, paid_at, refunded_amount, refunded_at
            from payments.payments where user_id = @userId order by created_at, payment_id
            """),
    ];
}
