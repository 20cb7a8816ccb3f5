using System.Globalization;
using System.Text.Json;

namespace Shop.Client;

/// <summary>A call that the shop has refused, or whose answer is none of the shop's.</summary>
public sealed class ShopException : Exception
{
    /// <summary>Made by the generated client alone.</summary>
    internal ShopException(
        string message,
        int status,
        string? text,
        IReadOnlyDictionary<string, IEnumerable<string>> headers,
        Exception? cause)
        : this(message, status, headers, cause, cause is null ? Problem.Read(text) : null)
    {
    }

    private ShopException(
        string message,
        int status,
        IReadOnlyDictionary<string, IEnumerable<string>> headers,
        Exception? cause,
        Problem? problem)
        : base(problem is null ? message : $"{problem.Status} {problem.Code}: {problem.Detail}", cause)
    {
        Status = status;
        Headers = new Dictionary<string, IEnumerable<string>>(headers, StringComparer.OrdinalIgnoreCase);
        Problem = problem;
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The name of the error, such as <c>catalog.out_of_stock</c>; empty without a problem.</summary>
    public string Code => Problem?.Code ?? "";

    /// <summary>The shop's description. Null: the answer was none, such as a proxy's page.</summary>
    public Problem? Problem { get; }

    /// <summary>All headers, by their names.</summary>
    public IReadOnlyDictionary<string, IEnumerable<string>> Headers { get; }

    /// <summary>How long to wait before the same call is sent again, where the shop has said so.</summary>
    public TimeSpan? RetryAfter =>
        Headers.TryGetValue("Retry-After", out var values)
            && int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : null;
}
