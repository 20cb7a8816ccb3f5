namespace Shop.Identity.Sessions;

/// <summary>The end of one session, or of all sessions of a user.</summary>
internal static class EndedSessions
{
    private const string DeleteSession = "delete from identity.sessions where session_id = @sessionId";

    // In one order, so that two of these wait for each other.
    private const string DeleteAll = """
        delete from identity.sessions where session_id in (
            select session_id from identity.sessions where user_id = @userId order by session_id for update)
        """;

    // Ends the identity provider's earlier tokens, which have no session.
    private const string NoteEnd =
        "update identity.users set sessions_ended_at = (select shop.now()) where user_id = @userId";

    public static void QueueEndOfSession(this Db db, Guid sessionId) =>
        db.Queue(DeleteSession, ("sessionId", sessionId));

    public static void QueueEndOfSessions(this Db db, long userId)
    {
        db.Queue(NoteEnd, ("userId", userId));
        db.Queue(DeleteAll, ("userId", userId));
    }
}
