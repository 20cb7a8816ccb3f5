using Shop.Identity.Contracts;

namespace Shop.Identity.Users;

internal sealed class CountNewCustomersHandler(Db db) : IRequestHandler<CountNewCustomers, IReadOnlyList<long>>
{
    private const string Count = """
        select (
            select count(*) from identity.users
            where role = 'CUSTOMER' and created_at >= w.begins and created_at < w.ends)
        from unnest(@froms, @tos) with ordinality as w (begins, ends, place)
        order by w.place
        """;

    public Task<IReadOnlyList<long>> Handle(CountNewCustomers request, CancellationToken cancellationToken) =>
        db.QueryAsync<long>(
            Count,
            new
            {
                froms = request.Windows.Select(window => window.From.UtcDateTime).ToArray(),
                tos = request.Windows.Select(window => window.To.UtcDateTime).ToArray(),
            },
            cancellationToken);
}
