using System.Text.Json;

namespace Shop.IntegrationTests.Model;

/// <summary>
/// The reply that the model expects: a success with its whole body, or an error with its code and the members that
/// matter.
/// </summary>
internal sealed record Reply(int Status, string? Code, Func<object?> Body)
{
    /// <summary>Takes what only the shop can know, new ids, from its answer; the body is compared after that.</summary>
    public Action<JsonElement>? Learn { get; init; }

    public static Reply Ok(Func<object?> body) => new(200, null, body);

    public static Reply Created(Action<JsonElement> learn, Func<object?> body) =>
        new(201, null, body) { Learn = learn };

    public static Reply Accepted(Action<JsonElement> learn, Func<object?> body) =>
        new(202, null, body) { Learn = learn };

    public static Reply Nothing() => new(204, null, () => null);

    public static Reply Refused(int status, string code, object? members = null) => new(status, code, () => members);

    public static Reply Conflict(string code, object? members = null) => Refused(409, code, members);

    public static Reply Invalid() => Refused(400, "validation");

    public static Reply UserNotFound() => Refused(404, "wallet.user_not_found");

    public static Reply OrderNotFound() => Refused(404, "orders.not_found");

    public static Reply TopUpNotFound() => Refused(404, "wallet.top_up_not_found");
}

/// <summary>The caller: an administrator, a customer, or an anonymous client.</summary>
internal sealed record Asker(long UserId, bool IsAdmin)
{
    public static readonly Asker Admin = new(0, IsAdmin: true);

    public static readonly Asker Nobody = new(0, IsAdmin: false);

    public bool MayActFor(long userId) => IsAdmin || UserId == userId;

    /// <summary>The error of this caller's acting for the user, or null.</summary>
    public Reply? ActsFor(long userId) =>
        SignedIn() ?? (MayActFor(userId) ? null : Reply.Refused(403, "auth.forbidden"));

    /// <summary>The error of this caller's administrator call, or null.</summary>
    public Reply? Administers() => SignedIn() ?? (IsAdmin ? null : Reply.Refused(403, "auth.forbidden"));

    public Reply? SignedIn() => this == Nobody ? Reply.Refused(401, "auth.unauthenticated") : null;

    public override string ToString() => IsAdmin ? "admin" : this == Nobody ? "nobody" : $"user {UserId}";
}
