using Npgsql;

namespace Shop.Identity.Activities;

/// <summary>Writes activity: inserts alone, the last of a transaction, which wait for nobody.</summary>
internal sealed class ActivityLog(Db db) : IActivityLog
{
    internal const string InsertActivity = """
        insert into identity.activity
            (activity_id, occurred_at, actor_type, actor_id, on_behalf_of, action, target_type, target_id, before,
                after, address, trace_id)
        select activity_id, (select shop.now()), actor_type, actor_id, on_behalf_of, action, target_type, target_id,
            before, after, address, trace_id
        from unnest(@ids, @actor_types, @actor_ids, @users, @actions, @target_types, @target_ids, @befores, @afters,
            @addresses, @traces)
            as a (activity_id, actor_type, actor_id, on_behalf_of, action, target_type, target_id, before, after,
                address, trace_id)
        """;

    private const string BlankAddresses = "select identity.blank_activity_addresses_of(@userId)";

    public void Queue(IReadOnlyList<ActivityRecord> records) =>
        db.QueueWrite(InsertActivity, records.Count, ParametersOf([.. records]));

    /// <summary>
    /// For work that is no command, such as a verb's: writes the row in the connection's transaction.
    /// </summary>
    public static async Task WriteAsync(NpgsqlConnection connection, ActivityRecord record, CancellationToken ct)
    {
        await using var insert = new NpgsqlCommand(InsertActivity, connection);
        foreach (var (name, value) in ParametersOf([record]))
            insert.Parameters.AddWithValue(name, value);
        await insert.ExecuteNonQueryAsync(ct);
    }

    private static (string Name, object Value)[] ParametersOf(List<ActivityRecord> rows) =>
        [
            ("ids", rows.ConvertAll(_ => Guid.CreateVersion7())),
            ("actor_types", rows.ConvertAll(row => EnumNames.Of(row.ActorType))),
            ("actor_ids", rows.ConvertAll(row => row.ActorId)),
            ("users", rows.ConvertAll(row => row.OnBehalfOf)),
            ("actions", rows.ConvertAll(row => row.Action)),
            ("target_types", rows.ConvertAll(row => row.TargetType)),
            ("target_ids", rows.ConvertAll(row => row.TargetId)),
            ("befores", rows.ConvertAll(row => row.Before)),
            ("afters", rows.ConvertAll(row => row.After)),
            ("addresses", rows.ConvertAll(row => row.Address)),
            ("traces", rows.ConvertAll(row => row.TraceId)),
        ];

    /// <summary>For the erasure of a user: queues that the addresses of the user's own activity go.</summary>
    public static void QueueBlankAddresses(Db db, long userId) => db.Queue(BlankAddresses, ("userId", userId));
}
