using System.Net.Http.Headers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Shop.EmbeddedPostgres;
using Shop.HostProcesses;
using Xunit;

[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Shop.AttackTests.Testing;

/// <summary>
/// A throwaway PostgreSQL with a filled shop, on which each test starts a host of its own: the built program in a
/// process of its own, with the settings of Production.
/// </summary>
public sealed class AttackedShop : IAsyncLifetime
{
    public const int Products = 200_000;

    /// <summary>A word that stands in three names.</summary>
    public const string RareWord = "quokka";

    public const string Password = "correct horse battery";

    private const string AdminEmail = "admin@example.com";
    private const int Customers = 500;
    private const int LongDescriptions = 100;

    // As the API would have made them, with the lines in the books that the audit asks for. The passwords are the
    // administrator's: hashing a hundred would take seconds.
    private static readonly string Seed = $"""
        insert into identity.users
            (email, normalized_email, name, password_hash, security_stamp, role, created_at)
        select n || '@example.com', upper(n || '@example.com'), 'Customer ' || n, admin.password_hash, n::text,
            'CUSTOMER', now()
        from generate_series(1, {Customers}) as n
        cross join identity.users admin
        where admin.normalized_email = upper('{AdminEmail}');

        insert into wallet.wallets (user_id, balance)
        select user_id, 10000000 from identity.users where role = 'CUSTOMER' order by user_id;

        insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
        select user_id, 'CHARGE', balance, balance, now() from wallet.wallets where balance > 0 order by user_id;

        insert into catalog.products (name, description, price, status, created_at)
        select case when n % ({Products} / 3) = 1 then 'The {RareWord} ' else 'Product ' end || n,
            case when n > {Products - LongDescriptions} then repeat(md5(n::text), 300) end, 1, 'SELLING', now()
        from generate_series(1, {Products}) as n;

        insert into catalog.stock (product_id, on_hand)
        select product_id, 1000000 from catalog.products order by product_id;

        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, occurred_at)
        select product_id, 'INITIAL', 1000000, 1000000, now() from catalog.products order by product_id;
        """;

    private readonly string folder = Directory.CreateTempSubdirectory("shop-attacks-").FullName;
    private readonly List<Customer> regulars = [];
    private EmbeddedPostgresServer database = null!;
    private long firstCustomer;
    private int customers;
    private int hosts;

    public string ConnectionString => database.ConnectionString;

    public long FirstProduct { get; private set; }

    public async Task InitializeAsync()
    {
        var options = EmbeddedPostgresOptions.ForThrowaway("attack-tests") with
        {
            Settings = new Dictionary<string, string> { ["max_connections"] = "300" },
        };
        database = await EmbeddedPostgresServer.StartAsync(options, NullLogger.Instance, CancellationToken.None);
        await using (await StartAsync(new Dictionary<string, string>()))
        {
            // Migrated, and its administrator made.
        }

        await ExecuteAsync(Seed);
        await ExecuteAsync("vacuum analyze");
        firstCustomer = await QueryAsync<long>("select min(user_id) from identity.users where role = 'CUSTOMER'");
        FirstProduct = await QueryAsync<long>("select min(product_id) from catalog.products");
    }

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    /// <param name="settings">Settings that differ from Production's.</param>
    internal async Task<HostProcess> StartAsync(
        IReadOnlyDictionary<string, string> settings, int? maximumOpenFiles = null, FakedClock? clock = null)
    {
        var host = Host(settings, maximumOpenFiles, clock);
        try
        {
            await host.StartAsync(CancellationToken.None);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>A host that is not started yet.</summary>
    internal HostProcess Host(
        IReadOnlyDictionary<string, string> settings, int? maximumOpenFiles = null, FakedClock? clock = null)
    {
        var configuration = new Dictionary<string, string>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Production",
            ["ConnectionStrings:Shop"] = ConnectionString,
            ["Identity:Admin:Email"] = AdminEmail,
            ["Identity:Admin:Password"] = Password,
            ["DataPlatform:Directory"] = Path.Combine(folder, "platform"),
        };
        foreach (var (name, value) in settings)
            configuration[name] = value;

        var number = Interlocked.Increment(ref hosts);
        var log = Path.Combine(folder, $"host-{number}.log");
        return new HostProcess($"host {number}", configuration, log, Assert.Fail)
        {
            MaximumOpenFiles = maximumOpenFiles,
            Clock = clock,
        };
    }

    /// <summary>A customer that no other test has, with a full wallet, signed in.</summary>
    internal async Task<Customer> CustomerAsync(HostProcess host)
    {
        var number = Interlocked.Increment(ref customers);
        var email = $"{number}@example.com";
        return new Customer(firstCustomer + number - 1, email, await SignInAsync(host, email));
    }

    /// <summary>
    /// Customers who shop in one test after the other. The hosts that they come to give tokens for a day.
    /// </summary>
    internal async Task<IReadOnlyList<Customer>> RegularsAsync(HostProcess host, int count)
    {
        while (regulars.Count < count)
            regulars.AddRange(await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => CustomerAsync(host))));
        return regulars.GetRange(0, count);
    }

    internal static Task<AuthenticationHeaderValue> AdminAsync(HostProcess host) => SignInAsync(host, AdminEmail);

    private static async Task<AuthenticationHeaderValue> SignInAsync(HostProcess host, string email)
    {
        using var http = new HttpClient { BaseAddress = host.Address };
        var credentials = new { email, password = Password };
        var session = await http.ReadAsync(HttpMethod.Post, "/sessions", authorization: null, credentials);
        return new AuthenticationHeaderValue("Bearer", session.GetProperty("accessToken").GetString());
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }
}

internal sealed record Customer(long UserId, string Email, AuthenticationHeaderValue Authorization);

[CollectionDefinition(Name)]
public sealed class OneShop : ICollectionFixture<AttackedShop>
{
    public const string Name = "One shop";
}
