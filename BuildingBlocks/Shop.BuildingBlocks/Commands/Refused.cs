using Microsoft.AspNetCore.Http;

namespace Shop.BuildingBlocks.Commands;

/// <summary>
/// A well-formed request that the shop refuses: it ends the command, undoes its transaction and becomes a problem with this code. Where one
/// transaction answers for many, it is carried as a value instead (<see cref="Outcome{T}"/>).
/// </summary>
/// <param name="code">The machine-readable name, <c>module.what</c>; part of the REST contract.</param>
/// <param name="detail">One sentence for a person.</param>
/// <param name="status">The HTTP status, 409 unless said otherwise.</param>
public sealed class Refused(string code, string detail, int status = StatusCodes.Status409Conflict) : Exception(detail)
{
    public string Code { get; } = code;

    public int Status { get; } = status;

    /// <summary>Further members of the problem, in camelCase as they go out.</summary>
    public IReadOnlyDictionary<string, object?> Members { get; private init; } = new Dictionary<string, object?>();

    /// <summary>The <c>Retry-After</c> of the answer, where waiting helps.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether something was kept in spite of the refusal, a failed payment for one: then a repeat with the same Idempotency-Key gets the same answer.
    /// </summary>
    public bool LeavesTraces { get; init; }

    public static Refused NotFound(string code, string detail) => new(code, detail, StatusCodes.Status404NotFound);

    /// <summary>503 <c>unavailable</c> with <c>Retry-After</c>: a limit that all callers share is reached.</summary>
    public static Refused Unavailable(string detail) =>
        new("unavailable", detail, StatusCodes.Status503ServiceUnavailable) { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>The same everywhere, wherever a user id stands: everybody has a wallet, so who has none does not exist.</summary>
    public static Refused UserNotFound(long userId) => NotFound("wallet.user_not_found", $"There is no user {userId}.");

    public Refused With(params (string Name, object? Value)[] members) => new(Code, Message, Status)
    {
        RetryAfter = RetryAfter,
        LeavesTraces = LeavesTraces,
        Members = members.ToDictionary(member => member.Name, member => member.Value),
    };
}
