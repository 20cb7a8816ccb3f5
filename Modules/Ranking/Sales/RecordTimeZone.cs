using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Shop.Ranking.Sales;

/// <summary>
/// Records the time zone of the shop's days when it is new or another one. The day of a sale follows from the time of
/// its payment and this record alone, whichever host counts it, and whatever a later audit is configured with.
/// </summary>
internal sealed class RecordTimeZone(
    Db db, IOptions<ShopOptions> shop, ILogger<RecordTimeZone> log) : IStartupStep
{
    // A change holds from a minute on: payments before it are counted by the earlier time zone.
    private const string Record = """
        insert into ranking.time_zones (since, time_zone)
        select
            case
                when last.since is null then '-infinity'
                else greatest((select shop.now()), last.since) + interval '1 minute'
            end,
            @zone
        from (select 1) as one
        left join (select since, time_zone from ranking.time_zones order by since desc limit 1) last on true
        where last.time_zone is distinct from @zone and (select shop.now()) at time zone @zone is not null
        """;

    public async Task RunAsync(CancellationToken ct)
    {
        var zone = shop.Value.TimeZone;
        if (await db.ExecuteAsync(Record, new { zone }, ct) > 0)
            log.LogInformation("The shop's days are those of {TimeZone} from now on", zone);
    }
}
