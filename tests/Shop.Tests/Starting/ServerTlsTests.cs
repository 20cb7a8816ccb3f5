using Shop.Host.Starting;
using Xunit;

namespace Shop.Tests.Starting;

public sealed class ServerTlsTests
{
    [Theory]
    [InlineData("Host=localhost;Database=shop")]
    [InlineData("Host=localhost:5433;Database=shop")]
    [InlineData("Host=127.0.0.1;Database=shop")]
    [InlineData("Host=::1;Database=shop")]
    [InlineData("Host=/var/run/postgresql;Database=shop")]
    [InlineData("Host=db.example;SSL Mode=VerifyFull")]
    [InlineData("Host=one.example,two.example;SSL Mode=VerifyFull")]
    public void A_server_of_this_machine_or_one_whose_certificate_is_checked_is_not_told_of(string connectionString) =>
        Assert.Null(ServerTls.WarningOf(connectionString));

    [Theory]
    [InlineData("Host=db.example;Password=secret", "db.example")]
    [InlineData("Host=db.example;SSL Mode=Require;Password=secret", "db.example")]
    [InlineData("Host=10.0.0.5;SSL Mode=VerifyCA;Password=secret", "10.0.0.5")]
    [InlineData("Host=localhost,standby.example:5433;Password=secret", "standby.example:5433")]
    public void A_remote_server_without_a_checked_certificate_is_told_of(string connectionString, string host)
    {
        var warning = ServerTls.WarningOf(connectionString);
        Assert.Contains($"PostgreSQL at {host} is remote", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", warning, StringComparison.Ordinal);
    }
}
