using Shop.BuildingBlocks.Figures;

namespace Shop.Payments.Payments;

internal static class PaymentFigures
{
    public static IReadOnlyList<Figure> All { get; } =
    [
        new(
            "payments.payments",
            FigureKind.Rate,
            "select status, count(*) from payments.payments where payment_id >= @sinceId group by status"),
    ];
}
