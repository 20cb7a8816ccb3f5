using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.BuildingBlocks.Background;
using Shop.BuildingBlocks.Database.Replicas;

namespace Shop.BuildingBlocks;

public static class ReplicaServices
{
    /// <summary>Queries that may be some seconds behind, and those that bring a position, go to replicas.</summary>
    /// <param name="connectionString">Of one replica or several; empty or null without any.</param>
    public static IServiceCollection AddReplica(this IServiceCollection services, string? connectionString)
    {
        if (string.IsNullOrEmpty(connectionString))
            return services;
        services.AddSingleton(provider => new Replica(
            connectionString,
            pool =>
            {
                pool.UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
                foreach (var configure in provider.GetServices<Action<NpgsqlDataSourceBuilder>>())
                    configure(pool);
            }));
        services.AddScoped<ScopePositions>();
        return services.AddWorker<ReplicaWatch>();
    }
}
