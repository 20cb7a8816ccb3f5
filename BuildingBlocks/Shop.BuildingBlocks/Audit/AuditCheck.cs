namespace Shop.BuildingBlocks.Audit;

/// <summary>Something that is true of the books at every moment, and how to find where it is not.</summary>
/// <param name="Name"><c>module.what-holds</c>: how it is asked for. <c>shop.…</c> where it spans modules.</param>
/// <param name="Description">The condition, in one sentence for a person.</param>
/// <param name="Violations">
/// A query without parameters that returns a short text for each violation, and no row where all is well. A module's
/// reads its own schema alone. It must read books of any size in a few passes, and not fail on books that are wrong:
/// sums of what may be anything are <c>numeric</c>. A comment <c>/*new …*/</c> in it has what restricts it to what is
/// newer than a position.
/// </param>
public sealed record AuditCheck(string Name, string Description, string Violations)
{
    private const string Begin = "/*new ";
    private const string End = "*/";

    private readonly string? ownWords;

    /// <summary>
    /// The same for what is newer than a position, found by an index; its parameters are those of the host's
    /// <c>AuditPosition</c>. Null where the whole is small or read fast enough: then all of it is checked.
    /// </summary>
    public string? New
    {
        get => ownWords ?? (Violations.Contains(Begin, StringComparison.Ordinal)
            ? Violations.Replace(Begin, "", StringComparison.Ordinal).Replace(End, "", StringComparison.Ordinal)
            : null);
        init => ownWords = value;
    }
}
