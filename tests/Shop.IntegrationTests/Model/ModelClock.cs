using Npgsql;
using Shop.IntegrationTests.Testing;

namespace Shop.IntegrationTests.Model;

/// <summary>
/// Time that stands still unless the run moves it, so that a seed replays to the microsecond: the host's, and the
/// database's.
/// </summary>
internal sealed class ModelClock : TimeProvider
{
    private long ticks = new DateTime(2027, 3, 1, 0, 0, 0, DateTimeKind.Utc).Ticks;

    public DateTime Now => new(Interlocked.Read(ref ticks), DateTimeKind.Utc);

    public override DateTimeOffset GetUtcNow() => new(Now);

    /// <summary>Takes the place of the database's clock.</summary>
    public async Task StopDatabaseAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var stop = new NpgsqlCommand(
            $"""
            create table public.model_clock (at timestamptz not null);
            insert into public.model_clock values ('{Now:O}');
            create or replace function shop.now() returns timestamptz language sql volatile as $$
                select at from public.model_clock $$;
            """,
            connection);
        await stop.ExecuteNonQueryAsync();
    }

    public Task SetAsync(ShopHost shop, DateTime now)
    {
        Interlocked.Exchange(ref ticks, now.Ticks);
        return shop.ExecuteAsync($"update public.model_clock set at = '{now:O}'");
    }
}
