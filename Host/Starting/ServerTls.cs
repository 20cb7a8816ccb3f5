using System.Net;
using Npgsql;

namespace Shop.Host.Starting;

/// <summary>Checks whether somebody on the way to PostgreSQL could read the traffic or pose as the server.</summary>
internal static class ServerTls
{
    /// <returns>A message for the start, or null.</returns>
    public static string? WarningOf(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (settings.SslMode == SslMode.VerifyFull)
            return null;
        string[] remote = [.. (settings.Host ?? "").Split(',').Select(host => host.Trim()).Where(IsRemote)];
        return remote.Length == 0
            ? null
            : $"PostgreSQL at {string.Join(", ", remote)} is remote, and its certificate is not checked: set "
                + "SSL Mode=VerifyFull (and Root Certificate) in ConnectionStrings:Shop";
    }

    // A path is a socket of this machine, as is an abstract one (@).
    private static bool IsRemote(string host)
    {
        if (host.Length == 0 || host[0] is '/' or '@' || host.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            return false;
        var name = host.StartsWith('[') ? host[1..].Split(']')[0]
            : host.Split(':') is [var first, _] ? first
            : host;
        return !(IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address))
            && !name.Equals("localhost", StringComparison.OrdinalIgnoreCase);
    }
}
