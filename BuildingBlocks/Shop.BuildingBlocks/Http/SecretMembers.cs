namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Members of bodies that hold a secret. Nothing keeps them, not as a fast hash either: passwords can be guessed from
/// it.
/// </summary>
internal static class SecretMembers
{
    private static readonly string[] Words = ["password", "token", "secret", "signature"];

    public static bool Contains(string name) =>
        Array.Exists(Words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
            || name.Equals("key", StringComparison.OrdinalIgnoreCase) || name.EndsWith("Key", StringComparison.Ordinal);
}
