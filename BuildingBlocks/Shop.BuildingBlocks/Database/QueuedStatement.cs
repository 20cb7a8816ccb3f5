using System.Collections.Concurrent;
using System.Data.Common;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

internal sealed record QueuedStatement(string Sql, Action<DbDataReader>? Read, (string Name, object Value)[] Parameters)
{
    public NpgsqlBatchCommand ToBatchCommand()
    {
        var command = new NpgsqlBatchCommand(Sql);
        foreach (var (name, value) in Parameters)
            command.Parameters.Add(new NpgsqlParameter(name, value));
        return command;
    }
}

/// <summary>
/// A writing statement that counts its own rows. The rows written must be those decided under the locks. PostgreSQL
/// raises a difference, and the commit behind it cannot happen.
/// </summary>
internal static class CountedStatement
{
    public const string Rows = "expected_rows";

    private static readonly ConcurrentDictionary<string, string> Known = new();

    public static string Of(string sql) => Known.GetOrAdd(sql, static statement =>
        $"with posted as ({statement} returning 1) select shop.assert_rows(count(*), @{Rows}) from posted");
}
