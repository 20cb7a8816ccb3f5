using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Shop.BuildingBlocks.Database;

/// <summary>One script, <c>NNNN_what.sql</c>, applied once to one schema.</summary>
internal sealed partial record Migration(string Schema, int Number, string Name, string Sql)
{
    public string Sha256 { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>As logs and errors name it.</summary>
    public string FullName => $"{Schema}/{Number:D4}_{Name}";

    private const string NoTransaction = "-- no transaction\n";

    /// <summary>
    /// Not where the first line is <c>-- no transaction</c>, for what PostgreSQL does outside of one only, such as an
    /// index made concurrently. Such a script must be able to run again after a crash half-way: <c>drop index
    /// concurrently if exists</c> first, since a broken attempt leaves its index.
    /// </summary>
    public bool InTransaction => !Sql.StartsWith(NoTransaction, StringComparison.Ordinal);

    private const string StopOlder = "-- stop older hosts\n";

    /// <summary>
    /// Whether hosts of an edition before must be stopped first, where the first line is <c>-- stop older hosts</c>:
    /// they would change what the script has brought into another form.
    /// </summary>
    public bool StopsOlderHosts => Sql.StartsWith(StopOlder, StringComparison.Ordinal);

    /// <summary>
    /// One by one: several sent together would be a transaction. A statement ends with a semicolon at the end of a
    /// line.
    /// </summary>
    public IReadOnlyList<string> Statements() => Sql.Contains("$$", StringComparison.Ordinal)
        ? throw new InvalidOperationException(
            $"{FullName} runs outside a transaction, and so has no room for a body in $$.")
        : [.. Sql[NoTransaction.Length..]
            .Split(";\n")
            .Select(statement => statement.Trim())
            .Where(statement => statement.Length > 0)];

    /// <summary>
    /// The shared schema first, then each module's: the tables that every module has, and its own
    /// <c>Migrations/</c>.
    /// </summary>
    public static IReadOnlyList<Migration> Of(IEnumerable<IModule> modules)
    {
        var shared = typeof(Migration).Assembly;
        return
        [
            .. Embedded(shared, "Shop.Migrations.Shared/", "shop"),
            .. modules.SelectMany(module => Embedded(shared, "Shop.Migrations.Module/", module.Schema)
                .Concat(Embedded(module.GetType().Assembly, "Shop.Migrations/", module.Schema))),
        ];
    }

    private static List<Migration> Embedded(Assembly assembly, string folder, string schema)
    {
        var migrations = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(folder, StringComparison.Ordinal))
            .Select(name => Read(assembly, name, folder, schema))
            .OrderBy(migration => migration.Number)
            .ToList();
        return migrations.Select(migration => migration.Number).Distinct().Count() == migrations.Count
            ? migrations
            : throw new InvalidOperationException($"Two migrations of schema {schema} have the same number.");
    }

    private static Migration Read(Assembly assembly, string resource, string folder, string schema)
    {
        var file = resource[folder.Length..];
        var match = FileName().Match(file);
        if (!match.Success)
            throw new InvalidOperationException($"The migration {file} of schema {schema} is not named NNNN_what.sql.");
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var sql = reader.ReadToEnd().ReplaceLineEndings("\n").Replace("{schema}", schema);
        return new Migration(
            schema,
            int.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture),
            match.Groups["what"].Value,
            sql);
    }

    [GeneratedRegex(
        @"^(?<number>\d{4})_(?<what>[a-z0-9_]+)\.sql$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();
}
