using System.Collections.Frozen;

namespace Shop.Identity.Users;

/// <summary>
/// Those of the 10,000 most common passwords that are long enough to be one here; their source and licence stand in
/// common-passwords.LICENSE.txt.
/// </summary>
internal static class CommonPasswords
{
    private const string Resource = "Shop.Identity.common-passwords.txt";

    private static readonly Lazy<FrozenSet<string>> All = new(Read);

    /// <summary>Compares without regard to case and Unicode normalization form.</summary>
    public static bool Contains(string password) =>
        All.Value.Contains(CanonicalText.Composed(password).ToLowerInvariant());

    private static FrozenSet<string> Read()
    {
        using var stream = typeof(CommonPasswords).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The resource {Resource} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd()
            .Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Normalize().ToLowerInvariant())
            .ToFrozenSet(StringComparer.Ordinal);
    }
}
