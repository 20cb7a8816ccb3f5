using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Background;

namespace Shop.Identity.Activities;

/// <summary>
/// Blanks addresses of 90 days ago and deletes rows that are kept no longer, through functions of the owner: the
/// running role may do neither.
/// </summary>
internal sealed class ClearActivity(
    NpgsqlDataSource source, IOptions<ActivityOptions> options, TimeProvider time, ILogger<ClearActivity> log)
    : Worker(time, log)
{
    private const int Rows = 1_000;

    private const string Clear = """
        select identity.blank_old_activity_addresses($1) + identity.clear_activity($2, $1)
        """;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    protected override string Name => "identity.clear-activity";

    public override async Task<int> RunOnceAsync(CancellationToken ct)
    {
        await using var command = source.CreateCommand(Clear);
        command.Parameters.Add(new() { Value = Rows });
        command.Parameters.Add(new() { Value = options.Value.KeepFor });
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    protected override Task PauseAsync(CancellationToken ct) => Task.Delay(Interval, Time, ct);
}
