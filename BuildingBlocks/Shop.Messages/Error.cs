namespace Shop.Messages;

/// <summary>Why a command or query failed; clients get it as a problem with this code.</summary>
/// <param name="Code">The machine-readable name, <c>module.what</c>; part of the REST contract.</param>
/// <param name="Detail">One sentence for a person.</param>
/// <param name="Status">The HTTP status.</param>
public sealed record Error(string Code, string Detail, int Status)
{
    /// <summary>Further members of the problem, in camelCase as they go out.</summary>
    public IReadOnlyDictionary<string, object?> Members { get; init; } = new Dictionary<string, object?>();

    /// <summary>The <c>Retry-After</c> of the response, where waiting helps.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether the transaction keeps an effect, a failed payment for one. A repeat with the same Idempotency-Key then
    /// gets the same response.
    /// </summary>
    public bool CommitsDespiteError { get; init; }
}

/// <summary>
/// Ends a command or query with an error and rolls its transaction back. A batch returns its errors as values instead.
/// </summary>
public sealed class ErrorException(Error error) : Exception(error.Detail)
{
    public Error Error => error;
}
