using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using Shop.Host.Operations.Audit;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class PlantedFaultTests(PlantedFaultTests.Books books) : IClassFixture<PlantedFaultTests.Books>
{
    public static TheoryData<int, string> Faults()
    {
        var faults = new TheoryData<int, string>();
        for (var i = 0; i < PlantedFaults.All.Count; i++)
            faults.Add(i, PlantedFaults.All[i].Check);
        return faults;
    }

    [Fact]
    public void Every_check_has_a_fault_that_it_finds() =>
        Assert.Equal(books.Checks.All.Select(check => check.Name).Order(), PlantedFaults.All.Select(fault => fault.Check).Distinct().Order());

    [Fact]
    public async Task The_books_without_a_fault_are_consistent() => Assert.Equal([], Violated(await books.AuditAsync("select 1")));

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_planted_fault_is_found_by_its_check_alone(int fault, string check)
    {
        var report = await books.AuditAsync(PlantedFaults.All[fault].Sql);

        Assert.False(report.Consistent);
        Assert.Equal(PlantedFaults.All[fault].Also.Append(check).Order(), Violated(report).Order());
        Assert.All(report.Checks.Where(book => book.Violations > 0), book =>
        {
            Assert.InRange(book.Examples.Count, 1, 5);
            Assert.All(book.Examples, example => Assert.InRange(example.Length, 10, 200));
        });
    }

    private static IEnumerable<string> Violated(AuditReport report) => report.Checks.Where(book => book.Violations > 0).Select(book => book.Name);

    /// <summary>The books of a busy shop that has closed, to be copied and spoilt.</summary>
    public sealed class Books : ShopTest, IAsyncLifetime
    {
        private string database = "";

        internal AuditChecks Checks { get; private set; } = null!;

        internal async Task<AuditReport> AuditAsync(string fault)
        {
            await using var source = NpgsqlDataSource.Create(await TestDatabases.CloneAsync(database));
            await using (var plant = source.CreateCommand(fault))
                await plant.ExecuteNonQueryAsync();
            return await new RunAuditHandler(source, Checks, Options.Create(new AuditOptions()), TimeProvider.System).Handle(new RunAudit(), CancellationToken.None);
        }

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            await new BusyShop(Shop, Admin, SignUpAsync).FillAsync();
            Checks = Shop.Services.GetRequiredService<AuditChecks>();
            database = Shop.ConnectionString;
            await Shop.ExecuteAsync(PlantedFaults.DropConstraints);
            // A database in use can't be copied.
            await DisposeAsync();
        }

        Task IAsyncLifetime.DisposeAsync() => Task.CompletedTask;
    }
}
