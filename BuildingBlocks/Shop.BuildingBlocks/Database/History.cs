using Microsoft.Extensions.Logging;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// Tables that are only ever added to: the migrations of each schema, and those that modules name. The owner's default
/// privileges let the running role change rows of any table; of these the migrator takes them away.
/// </summary>
internal static class History
{
    // The records of migrations are the owner's alone to add.
    private const string SelectRevocations = """
        select format('revoke %s on %s from %s', string_agg(distinct a.privilege_type, ', '), c.oid::regclass,
            case when a.grantee = 0 then 'public' else quote_ident(r.rolname) end)
        from pg_class c
        cross join lateral aclexplode(c.relacl) a
        left join pg_roles r on r.oid = a.grantee
        where c.oid = any($1::regclass[]) and a.grantee <> c.relowner
            and (a.privilege_type in ('UPDATE', 'DELETE', 'TRUNCATE')
                or (a.privilege_type = 'INSERT' and c.relname = 'migrations'))
        group by c.oid, a.grantee, r.rolname
        """;

    private const string SelectChangeable = """
        select t from unnest($1::text[]) t where has_table_privilege(t, 'UPDATE, DELETE, TRUNCATE')
        """;

    public static string[] TablesOf(IEnumerable<IModule> modules) =>
    [
        "shop.migrations",
        .. modules.SelectMany(module => module.AppendOnlyTables.Append("migrations")
            .Select(table => $"{module.Schema}.{table}")),
    ];

    /// <summary>Takes the rights to change history from every role but the owner.</summary>
    public static async Task ProtectAsync(NpgsqlConnection owner, string[] tables, CancellationToken ct)
    {
        foreach (var revocation in await ReadAsync(owner, SelectRevocations, tables, ct))
        {
            await using var command = new NpgsqlCommand(revocation, owner);
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <returns>Those whose rows the session's role may change or delete.</returns>
    public static Task<List<string>> ChangeableAsync(NpgsqlConnection session, string[] tables, CancellationToken ct) =>
        ReadAsync(session, SelectChangeable, tables, ct);

    private static async Task<List<string>> ReadAsync(
        NpgsqlConnection connection, string sql, string[] tables, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new() { Value = tables });
        var texts = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            texts.Add(reader.GetString(0));
        return texts;
    }
}

/// <summary>
/// Warns where the role that runs the shop may change history: it owns the schemas, or is a superuser.
/// </summary>
public sealed class HistoryCheck(NpgsqlDataSource source, IEnumerable<IModule> modules, ILogger<HistoryCheck> log)
    : IStartupStep
{
    public async Task RunAsync(CancellationToken ct)
    {
        await using var connection = await source.OpenConnectionAsync(ct);
        if (await History.ChangeableAsync(connection, History.TablesOf(modules), ct) is { Count: > 0 } tables)
            log.LogWarning(
                "The role that runs the shop may change the history in {Tables}. Let another role own the schemas: "
                + "database/roles.sql",
                string.Join(", ", tables));
    }
}
