namespace Shop.Host.CommandLine.Seeding;

/// <summary>How much of everything there will be.</summary>
internal sealed record SeedSize(int Users, int Products, int Orders)
{
    private const int Most = 10_000_000;

    /// <returns>Null where nothing is said: the demo shop.</returns>
    public static SeedSize? Of(VerbCall call)
    {
        if (Number(call, "--users") is var users && Number(call, "--products") is var products && Number(
            call, "--orders") is var orders
            && (users ?? products ?? orders) is null)
            return null;
        return (orders ?? 0) == 0 || (users > 0 && products > 0)
            ? new SeedSize(users ?? 0, products ?? 0, orders ?? 0)
            : throw new UsageException(
                "--orders needs --users and --products: orders are made by new users, of new products.");
    }

    private static int? Number(VerbCall call, string option)
    {
        if (call.Option(option) is not { } text)
            return null;
        return int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
            && number is >= 0 and <= Most
            ? number
            : throw new UsageException($"{option} must be a whole number between 0 and {Most}.");
    }
}
