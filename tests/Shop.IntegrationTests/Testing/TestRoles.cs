using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Npgsql;

namespace Shop.IntegrationTests.Testing;

/// <summary>The roles of <c>database/roles.sql</c> for one database, as connection strings.</summary>
/// <param name="Owner">Migrates.</param>
/// <param name="Running">Reads and writes rows.</param>
internal sealed record TestRoles(string Owner, string Running)
{
    /// <summary>An empty database with its roles.</summary>
    public static async Task<TestRoles> CreateAsync()
    {
        var superuser = new NpgsqlConnectionStringBuilder(await TestDatabases.CreateEmptyAsync());
        var (owner, running) = ($"{superuser.Database}_owner", $"{superuser.Database}_running");
        await ExecuteAsync(superuser.ConnectionString, Script(superuser.Database!, owner, running));
        return new TestRoles(As(superuser, owner), As(superuser, running));
    }

    private static string As(NpgsqlConnectionStringBuilder superuser, string role) =>
        new NpgsqlConnectionStringBuilder(
            superuser.ConnectionString)
        { Username = role, Password = role }.ConnectionString;

    // psql's part of the script, done by hand; names of their own, because roles belong to the whole cluster.
    private static string Script(string database, string owner, string running, [CallerFilePath] string here = "")
    {
        var script = File.ReadAllText(
            Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "database", "roles.sql"));
        script = string.Join(
            '\n',
            script.Split('\n').Where(
                line => !line.StartsWith('\\') && !line.StartsWith("--", StringComparison.Ordinal)))
            .Replace(":\"DBNAME\"", database, StringComparison.Ordinal)
            .Replace(":'owner_password'", $"'{owner}'", StringComparison.Ordinal)
            .Replace(":'shop_password'", $"'{running}'", StringComparison.Ordinal);
        script = Regex.Replace(script, @"\bshop_owner\b", owner, RegexOptions.None, TimeSpan.FromSeconds(1));
        return Regex.Replace(script, @"\bshop\b", running, RegexOptions.None, TimeSpan.FromSeconds(1));
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
