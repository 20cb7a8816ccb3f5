using Shop.Messages;

namespace Shop.Host.Audit;

public static class AuditErrors
{
    public static readonly DocumentedError InProgress =
        new("audit.in_progress", 409, "An audit is under way. One runs at a time.");
}
