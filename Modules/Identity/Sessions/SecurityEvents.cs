using Shop.Identity.Users;

namespace Shop.Identity.Sessions;

internal static class SecurityEvents
{
    /// <param name="user">Null where there is no account: the e-mail that was tried is not logged.</param>
    public static void SignInFailed(this SecurityLog log, User? user, ClientNetwork network) =>
        log.Write(SecurityEvent.SignInFailed, network.ToString(), user is null ? null : NameOf(user.UserId));

    public static void SessionTheft(this SecurityLog log, long userId, string? address) =>
        log.Write(SecurityEvent.SessionTheft, address, NameOf(userId));

    private static string NameOf(long userId) => $"{EnumNames.Of(CallerType.User)} {userId}";
}
