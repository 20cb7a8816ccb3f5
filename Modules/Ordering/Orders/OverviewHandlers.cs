using Shop.Ordering.Contracts;

namespace Shop.Ordering.Orders;

internal sealed class CountOrdersHandler(Db db) : IRequestHandler<CountOrders, IReadOnlyList<long>>
{
    // A time of ordering is a range of the primary key.
    private const string Count = """
        select (select count(*) from ordering.orders where order_id >= w.first and order_id < w.behind)
        from unnest(@firsts, @behinds) with ordinality as w (first, behind, place)
        order by w.place
        """;

    public Task<IReadOnlyList<long>> Handle(CountOrders request, CancellationToken cancellationToken) =>
        db.QueryAsync<long>(
            Count,
            new
            {
                firsts = request.Windows.Select(window => OrderIds.First(window.From)).ToArray(),
                behinds = request.Windows.Select(window => OrderIds.First(window.To)).ToArray(),
            },
            cancellationToken);
}
