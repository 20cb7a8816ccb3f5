using Shop.Host.Protection.Connections;
using Xunit;

namespace Shop.Tests.Protection;

public sealed class ConnectionLimiterTests
{
    [Theory]
    [InlineData(20_000, 1_048_000, 20_000)]
    [InlineData(20_000, 4_000, 3_744)]
    [InlineData(20_000, 600, 344)]
    [InlineData(300, 600, 300)]
    [InlineData(20_000, 300, 150)]
    [InlineData(20_000, 100, 36)]
    [InlineData(20_000, -50, 1)]
    public void Connections_leave_files_free(int configured, long freeFiles, int connections) =>
        Assert.Equal(connections, ConnectionLimiter.MaximumOf(configured, freeFiles));

    [Fact]
    public void The_limit_of_open_files_is_known_on_unix()
    {
        if (OperatingSystem.IsLinux())
            Assert.InRange(OpenFiles.Count(), 3, OpenFiles.Limit() ?? int.MaxValue);
        else if (OperatingSystem.IsWindows())
            Assert.Null(OpenFiles.Limit());
    }
}
