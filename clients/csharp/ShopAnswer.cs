namespace Shop.Client;

/// <summary>What the shop said to a call that it carried out.</summary>
/// <param name="headers">With those of the content.</param>
public class ShopAnswer(int status, IReadOnlyDictionary<string, IEnumerable<string>> headers)
{
    /// <summary>The HTTP status, 200 to 299.</summary>
    public int Status => status;

    /// <summary>All headers, by their names.</summary>
    public IReadOnlyDictionary<string, IEnumerable<string>> Headers { get; } =
        new Dictionary<string, IEnumerable<string>>(headers, StringComparer.OrdinalIgnoreCase);

    /// <summary>For the <c>ifMatch</c> of a change.</summary>
    public string? ETag => Header("ETag");

    /// <summary>For the <c>shopPosition</c> of a read that is to see this; null: the shop has no replicas.</summary>
    public string? Position => Header("Shop-Position");

    /// <summary>Whether this answer was given before, to the same call with the same <c>idempotencyKey</c>.</summary>
    public bool IsReplayed => Header("Idempotent-Replayed") == "true";

    private string? Header(string name) =>
        Headers.TryGetValue(name, out var values) ? string.Join(", ", values) : null;
}

/// <summary>An answer with a body, which it may be assigned to a variable of.</summary>
public sealed class ShopAnswer<T>(int status, IReadOnlyDictionary<string, IEnumerable<string>> headers, T value)
    : ShopAnswer(status, headers)
{
    /// <summary>The body.</summary>
    public T Value => value;

    /// <summary>The body.</summary>
    public static implicit operator T(ShopAnswer<T> answer) => answer.Value;
}
