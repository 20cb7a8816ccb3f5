using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shop.BuildingBlocks.Database;

namespace Shop.BuildingBlocks.Outbox;

/// <summary>
/// Tells the hosts of other builds which event handlers there are: from then on none of them deletes an event that one
/// of these has not seen.
/// </summary>
internal sealed class RegisterSubscriptions(
    IServiceScopeFactory scopes,
    IEnumerable<IModule> modules,
    EventTypes types,
    OutboxRouting routing,
    ILogger<RegisterSubscriptions> log) : IStartupStep
{
    public async Task RunAsync(CancellationToken ct)
    {
        var all = modules.ToList();
        var retired = all.SelectMany(module => module.RetiredEventHandlers).ToArray();
        foreach (var module in all)
            await RegisterAsync(module.Schema, retired, ct);
    }

    private async Task RegisterAsync(string schema, string[] retired, CancellationToken ct)
    {
        var sql = new OutboxSql(schema);
        var known = routing.Subscriptions
            .SelectMany(subscription => types.All
                .Where(type => types.SchemaOf(type) == schema && subscription.Takes(type))
                .Select(type => (Handler: subscription.Name, Type: types.NameOf(type))))
            .ToList();
        var handlers = known.Select(subscription => subscription.Handler).ToArray();
        var parameters = new
        {
            handlers,
            types = known.Select(subscription => subscription.Type).ToArray(),
            retired,
        };
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await db.BeginAsync(ct);
        if (await db.QuerySingleAsync<bool>(sql.IsChanged, parameters, ct))
        {
            // Behind a batch that is being delivered without them.
            await db.ExecuteAsync(sql.Lock, null, ct);
            await db.ExecuteAsync(sql.Register, parameters, ct);
            await db.ExecuteAsync(sql.Retire, parameters, ct);
        }

        var orphans = await db.ExecuteAsync(
            sql.BuryOrphans,
            new { handlers = routing.Subscriptions.Select(known => known.Name).ToArray() },
            ct);
        await db.CommitAsync(ct);
        if (orphans > 0)
            log.LogError("{Count} deliveries of {Schema}'s events are for handlers that no build has", orphans, schema);
    }
}
