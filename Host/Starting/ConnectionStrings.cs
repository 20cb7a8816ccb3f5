using System.ComponentModel;
using System.Data.Common;
using System.Reflection;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.BuildingBlocks.Database;
using Shop.BuildingBlocks.Settings;

namespace Shop.Host.Starting;

/// <summary>The section <c>ConnectionStrings</c>.</summary>
internal sealed class ConnectionStringsOptions
{
    public const string Section = "ConnectionStrings";

    /// <summary>The PostgreSQL that the shop runs on. Only Development has one of its own.</summary>
    public string? Shop { get; set; }

    /// <summary>The same database for migrations: past a pooler, or as the role that owns the schemas.</summary>
    public string? Migrations { get; set; }

    /// <summary>Its replicas, for queries whose answer may be some seconds old; none by default.</summary>
    public string? ShopReplica { get; set; }
}

// The error quotes nothing of the connection string: a password with a semicolon reads as a keyword.
internal sealed class ConnectionStringsValidator(IHostEnvironment environment)
    : IValidateOptions<ConnectionStringsOptions>
{
    private const string Form = "Host=…;Username=…;Password=…;Database=…";

    private static readonly string[] Keywords =
    [
        .. typeof(NpgsqlConnectionStringBuilder)
            .GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(property => property.GetCustomAttribute<DisplayNameAttribute>()?.DisplayName)
            .OfType<string>(),
    ];

    public ValidateOptionsResult Validate(string? name, ConnectionStringsOptions options)
    {
        var shop = string.IsNullOrEmpty(options.Shop) ? FaultOfNone() : FaultOf(options.Shop);
        var migrations = string.IsNullOrEmpty(options.Migrations) ? null : FaultOf(options.Migrations);
        var replica = string.IsNullOrEmpty(options.ShopReplica) ? null : FaultOf(options.ShopReplica);
        string[] faults =
        [
            .. Named(nameof(options.Shop), shop),
            .. Named(nameof(options.Migrations), migrations),
            .. Named(nameof(options.ShopReplica), replica),
        ];
        return faults.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static string[] Named(string name, string? fault) =>
        fault is null ? [] : [$"{ConnectionStringsOptions.Section}:{name}{fault}"];

    private string? FaultOfNone() => environment.IsDevelopment()
        ? null
        : $" is not set: outside Development the shop runs on a PostgreSQL 15 or later that you name ({Form})";

    private static string? FaultOf(string connectionString)
    {
        var parts = new DbConnectionStringBuilder();
        try
        {
            parts.ConnectionString = connectionString;
        }
        catch (ArgumentException)
        {
            return $": must be {Form}; a value with a semicolon or a quote stands in quotes";
        }

        var faults = parts.Keys.Cast<string>()
            .Select(keyword => FaultOf(keyword, parts[keyword])).OfType<string>().ToList();
        if (faults.Count > 0)
            return $": {string.Join(", ", faults)}";
        var hasHost = !string.IsNullOrEmpty(new NpgsqlConnectionStringBuilder(connectionString).Host);
        if (!hasHost)
            return $": names no Host ({Form})";
        return DatabaseServices.FaultOf(connectionString) is { } fault ? $": {fault}" : null;
    }

    private static string? FaultOf(string keyword, object value)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder { [keyword] = value };
            return null;
        }
        // An unknown keyword, or a value of another type: Npgsql throws what the parsing throws, of six types.
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            if (Keywords.FirstOrDefault(word => word.Equals(keyword, StringComparison.OrdinalIgnoreCase)) is { } known)
                return $"the value of {known} makes no sense";
            return Spelling.Nearest(keyword, Keywords) is { } near
                ? $"a keyword is unknown; is it {near}?"
                : "a keyword is unknown";
        }
    }
}
