using Npgsql;
using Shop.BuildingBlocks.Database;
using Xunit;

namespace Shop.Tests.Database;

public sealed class TransientTests
{
    [Theory]
    [InlineData("08006")]
    [InlineData("25006")]
    [InlineData("28P01")]
    [InlineData("3D000")]
    [InlineData("53300")]
    [InlineData("57P01")]
    [InlineData("57P03")]
    public void A_lost_or_missing_connection_is_an_outage(string sqlState) =>
        Assert.True(Transient.IsOutage(Error(sqlState)));

    [Theory]
    [InlineData(PostgresErrorCodes.LockNotAvailable)]
    [InlineData(PostgresErrorCodes.DeadlockDetected)]
    [InlineData(PostgresErrorCodes.SerializationFailure)]
    [InlineData(PostgresErrorCodes.QueryCanceled)]
    public void What_one_statement_met_is_none_though_it_passes_by_itself(string sqlState)
    {
        Assert.True(Transient.IsUnavailable(Error(sqlState)));
        Assert.False(Transient.IsOutage(Error(sqlState)));
    }

    [Fact]
    public void A_connection_that_cannot_be_had_is_an_outage() =>
        Assert.True(Transient.IsOutage(new NoConnectionException(new TimeoutException())));

    private static PostgresException Error(string sqlState) => new("refused", "ERROR", "ERROR", sqlState);
}
