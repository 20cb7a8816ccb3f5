using System.Globalization;
using Shop.Bench.Load;

namespace Shop.Bench.Machine;

/// <summary>Customers and products of a shop before it is measured.</summary>
/// <param name="AdminToken">Of a sign-in of the administrator.</param>
/// <param name="StorefrontTokens">
/// For what acts for any user: an API key, or of a host without API keys several sign-ins of the administrator.
/// </param>
/// <param name="Customers">Customers who have signed in.</param>
internal sealed record Population(
    IdRange Users, IdRange Products, string AdminToken, IReadOnlyList<string> StorefrontTokens,
    IReadOnlyList<Customer> Customers)
{
    private const string Domain = "users.bench.local";

    // Users and products as the API would have made them, with the lines in the books that the audit asks for. Prices
    // as in the baseline. The passwords of those who sign in are the administrator's: hashing is not what is measured.
    private const string Seed = """
        insert into identity.users (email, normalized_email, name, password_hash, security_stamp, role, created_at)
        select n || '@{domain}', upper(n || '@{domain}'), 'User ' || n,
            case when n <= {signedIn} then (select password_hash from identity.users
                where normalized_email = upper('{admin}')) end, n::text, 'CUSTOMER', now()
        from generate_series(1, {users}) n;

        insert into wallet.wallets (user_id, balance) select user_id, {balance} from identity.users
            where email like '%@{domain}' order by user_id;

        insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
        select user_id, 'CHARGE', {balance}, {balance}, now() from identity.users where email like '%@{domain}'
            order by user_id;

        insert into catalog.products (name, description, price, status, created_at)
        select 'Product ' || n, 'What there is to say about product ' || n, 100 + n % 900, 'SELLING', now()
            from generate_series(1, {products}) n;

        insert into catalog.stock (product_id, on_hand) select product_id, {stock} from catalog.products
            order by product_id;

        insert into catalog.stock_movements (product_id, type, delta, on_hand_after, occurred_at)
        select product_id, 'INITIAL', {stock}, {stock}, now() from catalog.products order by product_id;
        """;

    public static async Task<Population> SeedAsync(Cluster cluster, string database, HostProcess host, Size size)
    {
        await cluster.ExecuteAsync(database, Fill(size));
        await cluster.ExecuteAsync(database, "vacuum analyze");
        var firstUser = await cluster.ScalarAsync<long>(
            database, $"select min(user_id) from identity.users where email like '%@{Domain}'", pooled: false);
        var firstProduct = await cluster.ScalarAsync<long>(
            database, "select min(product_id) from catalog.products", pooled: false);

        var admin = await host.SignInAsync(HostProcess.AdminEmail, HostProcess.AdminPassword);
        var customers = new List<Customer>();
        for (var i = 0; i < size.Customers; i++)
            customers.Add(
                new Customer(firstUser + i, await host.SignInAsync($"{i + 1}@{Domain}", HostProcess.AdminPassword)));
        return new Population(
            new IdRange(firstUser, size.Users), new IdRange(firstProduct, size.Products), admin,
            await StorefrontTokensAsync(host, admin, size), customers);
    }

    private static async Task<IReadOnlyList<string>> StorefrontTokensAsync(HostProcess host, string admin, Size size)
    {
        if (!size.ActAsAdministrator && await host.CreateApiKeyAsync(admin) is { } key)
            return [key];
        Console.WriteLine("Acts for users by the administrator's token.");
        var tokens = new List<string>();
        for (var i = 0; i < size.AdminTokens; i++)
            tokens.Add(await host.SignInAsync(HostProcess.AdminEmail, HostProcess.AdminPassword));
        return tokens;
    }

    private static string Fill(Size size) => Seed
        .Replace("{domain}", Domain, StringComparison.Ordinal)
        .Replace("{admin}", HostProcess.AdminEmail, StringComparison.Ordinal)
        .Replace("{signedIn}", Text(size.Customers), StringComparison.Ordinal)
        .Replace("{users}", Text(size.Users), StringComparison.Ordinal)
        .Replace("{products}", Text(size.Products), StringComparison.Ordinal)
        .Replace("{balance}", "1000000000000", StringComparison.Ordinal)
        .Replace("{stock}", "1000000000", StringComparison.Ordinal);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How much there is.</summary>
/// <param name="Customers">Users who sign in themselves.</param>
/// <param name="AdminTokens">Sign-ins of the administrator where that acts for users.</param>
/// <param name="OpenOrders">In the baseline, for the script that only pays.</param>
/// <param name="Drained">Events and requests of the scenarios that drain a queue.</param>
/// <param name="OldOrders">Orders of the shop that has a past; its ledger has five times as many lines.</param>
/// <param name="Searched">Products of the shop that is searched.</param>
internal sealed record Size(
    int Users, int Products, int Customers, int AdminTokens, int OpenOrders, int Drained, int OldOrders, int Searched)
{
    /// <summary>Whether the administrator's token acts for users, also where there are API keys.</summary>
    public bool ActAsAdministrator { get; init; }

    public static Size Full { get; } = new(100_000, 10_000, 64, 16, 1_000_000, 100_000, 1_000_000, 1_000_000);

    public static Size Smoke { get; } = new(1_000, 100, 8, 2, 10_000, 2_000, 5_000, 5_000);
}
