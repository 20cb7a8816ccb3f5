namespace Shop.BuildingBlocks.Http;

/// <summary>Members of bodies that hold a secret. The activity log keeps none of them.</summary>
internal static class SecretMembers
{
    private static readonly string[] Words = ["password", "token", "secret", "signature"];

    /// <summary>A password can be guessed from a fast hash; a token or key, which is random, can't.</summary>
    public static bool IsPassword(string name) => name.Contains("password", StringComparison.OrdinalIgnoreCase);

    public static bool Contains(string name) =>
        Array.Exists(Words, word => name.Contains(word, StringComparison.OrdinalIgnoreCase))
            || name.Equals("key", StringComparison.OrdinalIgnoreCase) || name.EndsWith("Key", StringComparison.Ordinal);
}
