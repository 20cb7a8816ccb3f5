using Shop.Messages;

namespace Shop.Identity.Contracts;

public static class IdentityErrors
{
    public static readonly DocumentedError<Guid> ApiKeyNotFound =
        new("identity.api_key_not_found", 404, apiKeyId => $"There is no API key {apiKeyId}.");

    public static readonly DocumentedError EmailTaken =
        new("identity.email_taken", 409, "There is an account with this e-mail already.");

    public static readonly DocumentedError EmailUnverified = new(
        "identity.email_unverified",
        403,
        "There is an account with this e-mail, and the identity provider's token can't be linked to it.");

    public static readonly DocumentedError ExternalProfile = new(
        "identity.external_profile", 401,
        "The identity provider's token lacks an e-mail or a name to make an account of.");

    public static readonly DocumentedError HasBalance = new(
        "identity.has_balance", 409, "The wallet holds money: use it up, or say that it is given up (forfeit).");

    public static readonly DocumentedError HasOpenOrders = new(
        "identity.has_open_orders", 409, "An order waits for its payment: pay or cancel it first.");

    /// <summary>One error for every reason, so that it gives none away.</summary>
    public static readonly DocumentedError InvalidCredentials =
        new("identity.invalid_credentials", 401, "The credentials are not valid.");

    /// <summary>Unknown, used, void or too old.</summary>
    public static readonly DocumentedError InvalidToken =
        new("identity.invalid_token", 401, "The token is not valid.");

    public static readonly DocumentedError LastAdmin =
        new("identity.last_admin", 409, "This is the last active administrator: make another one first.");

    public static readonly DocumentedError LockedOut =
        new("identity.locked_out", 429, "Too many sign-ins with this e-mail have failed. Try again later.");

    public static readonly DocumentedError RegistrationClosed =
        new("identity.registration_closed", 403, "This shop makes its customers' accounts itself.");

    public static readonly DocumentedError<Guid> SessionNotFound =
        new("identity.session_not_found", 404, sessionId => $"There is no session {sessionId}.");

    public static readonly DocumentedError<int> TooManyStaff = new(
        "identity.too_many_staff", 409, maximum => $"At most {maximum} users have another role than CUSTOMER.",
        "maximum");
}
