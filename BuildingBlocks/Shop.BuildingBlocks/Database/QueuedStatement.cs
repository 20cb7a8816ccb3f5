using System.Collections.Concurrent;
using System.Data.Common;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

internal sealed record QueuedStatement(string Sql, Action<DbDataReader>? Read, (string Name, object Value)[] Parameters)
{
    public NpgsqlBatchCommand ToBatchCommand() => PositionalSql.Of(Sql).ToBatchCommand(Parameters);
}

/// <summary>
/// A writing statement that counts its own rows. The rows written must be those decided under the locks. PostgreSQL
/// raises a difference, and the commit behind it cannot happen.
/// </summary>
internal static class CountedStatement
{
    public const string Rows = "expected_rows";

    private static readonly ConcurrentDictionary<string, string> Known = new();

    // PostgreSQL calls assert_rows only where the count differs.
    public static string Of(string sql) => Known.GetOrAdd(sql, static statement => $"""
        with posted as ({statement} returning 1)
        select case when count(*) <> @{Rows} then shop.assert_rows(count(*), @{Rows}) end from posted
        """);
}
