using Microsoft.Extensions.Logging;
using Npgsql;
using Shop.BuildingBlocks.Background;

namespace Shop.BuildingBlocks.Idempotency;

/// <summary>Clears keys away that are older than the REST contract promises to keep them.</summary>
internal sealed class ClearKeys(NpgsqlDataSource source, TimeProvider time, ILogger<ClearKeys> log) : Worker(time, log)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // A bounded number at a time. Several hosts may do this at once.
    private const string Delete = """
        delete from shop.idempotency_keys where (caller, key) in (
            select caller, key from shop.idempotency_keys where created_at <= $1 order by created_at limit 1000 for update skip locked)
        """;

    protected override string Name => "idempotency-keys";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand(Delete);
        command.Parameters.Add(new NpgsqlParameter { Value = Time.UtcNow() - Kept });
        return await command.ExecuteNonQueryAsync(ct);
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
