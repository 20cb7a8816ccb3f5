using Npgsql;
using Shop.BuildingBlocks.Database;
using Xunit;

namespace Shop.Tests.Database;

public sealed class ConnectionDefaultsTests
{
    [Fact]
    public void What_the_connection_string_leaves_open_is_the_shops_choice()
    {
        var settings = new NpgsqlConnectionStringBuilder(DatabaseServices.WithDefaults("Host=db"));
        Assert.Equal(32, settings.MaxPoolSize);
        Assert.Equal(200, settings.MaxAutoPrepare);
        Assert.Equal(2, settings.AutoPrepareMinUsages);
        Assert.Equal("shop-2", settings.ApplicationName);
        Assert.Contains("-c lock_timeout=2s", settings.Options, StringComparison.Ordinal);
    }

    [Fact]
    public void Several_hosts_are_a_primary_and_its_standbys()
    {
        var several = new NpgsqlConnectionStringBuilder(DatabaseServices.WithDefaults("Host=one,two:5433"));
        Assert.Equal("primary", several.TargetSessionAttributes);
        Assert.Equal((1, 1), (several.HostRecheckSeconds, several.Timeout));

        var chosen = new NpgsqlConnectionStringBuilder(DatabaseServices.WithDefaults(
            "Host=one,two;Target Session Attributes=any;Host Recheck Seconds=7;Timeout=3"));
        Assert.Equal("any", chosen.TargetSessionAttributes);
        Assert.Equal((7, 3), (chosen.HostRecheckSeconds, chosen.Timeout));

        var one = new NpgsqlConnectionStringBuilder(DatabaseServices.WithDefaults("Host=one"));
        Assert.Null(one.TargetSessionAttributes);
        Assert.Equal(4, one.Timeout);
        Assert.Equal((5, 1), (one.TcpKeepAliveTime, one.TcpKeepAliveInterval));
    }

    [Fact]
    public void What_the_connection_string_says_stays()
    {
        var settings = new NpgsqlConnectionStringBuilder(DatabaseServices.WithDefaults(
            "Host=db;MaxPoolSize=5;Max Auto Prepare=0;Application Name=mine;Options=-c lock_timeout=1s"));
        Assert.Equal(5, settings.MaxPoolSize);
        Assert.Equal(0, settings.MaxAutoPrepare);
        Assert.Equal("shop-2 mine", settings.ApplicationName);
        // PostgreSQL goes by the last one.
        Assert.EndsWith("-c lock_timeout=1s", settings.Options, StringComparison.Ordinal);
    }
}
