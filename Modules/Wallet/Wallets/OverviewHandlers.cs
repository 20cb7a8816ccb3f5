using Shop.Wallet.Contracts;

namespace Shop.Wallet.Wallets;

internal sealed class SumSalesHandler(Db db) : IRequestHandler<SumSales, IReadOnlyList<SalesOfWindow>>
{
    private const string Sum = """
        select coalesce(s.paid, 0)::bigint as paid, coalesce(s.refunded, 0)::bigint as refunded
        from unnest(@froms, @tos) with ordinality as w (begins, ends, place)
        cross join lateral (
            select -sum(amount) filter (where type = 'PAYMENT') as paid,
                sum(amount) filter (where type = 'REFUND') as refunded
            from wallet.ledger where occurred_at >= w.begins and occurred_at < w.ends) s
        order by w.place
        """;

    public Task<IReadOnlyList<SalesOfWindow>> Handle(SumSales request, CancellationToken cancellationToken) =>
        db.QueryAsync<SalesOfWindow>(
            Sum,
            new
            {
                froms = request.Windows.Select(window => window.From.UtcDateTime).ToArray(),
                tos = request.Windows.Select(window => window.To.UtcDateTime).ToArray(),
            },
            cancellationToken);
}

internal sealed class CountFailedTopUpsHandler(Db db) : IRequestHandler<CountFailedTopUps, long>
{
    private const string Count =
        "select count(*) from wallet.top_ups where status = 'FAILED' and settled_at >= @Since";

    public Task<long> Handle(CountFailedTopUps request, CancellationToken cancellationToken) =>
        db.QuerySingleAsync<long>(Count, new { request.Since }, cancellationToken);
}
