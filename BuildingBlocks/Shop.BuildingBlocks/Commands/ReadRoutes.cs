using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks.Commands;

/// <summary>Sends an outermost query to a replica or to the primary.</summary>
internal static class ReadRoutes
{
    /// <returns>Ends the way to a replica; null where the primary answers.</returns>
    public static async ValueTask<IDisposable?> OpenAsync(
        IServiceProvider services, Db db, object query, CancellationToken ct)
    {
        if (services.GetService<Replica>() is not { IsServing: true } replica)
            return null;
        var wanted = services.GetRequiredService<ScopePositions>().Wanted;
        var goesThere = wanted is { } position
            ? await replica.WaitForAsync(position, ct)
            : query is IReplicaQuery { MayBeBehind: true };
        if (!goesThere)
            return null;
        db.Route = new ReadRoute(wanted);
        return new End(db);
    }

    private sealed class End(Db db) : IDisposable
    {
        public void Dispose() => db.Route = null;
    }
}
