using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Shop.Host.Audit;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class PlantedFaultTests(PlantedFaultTests.Books books) : IClassFixture<PlantedFaultTests.Books>
{
    private static readonly AuditPosition FromTheBeginning = new(DateTimeOffset.UnixEpoch, 0, 0, 0, Guid.Empty);

    public static TheoryData<int, string> Faults()
    {
        var faults = new TheoryData<int, string>();
        for (var i = 0; i < PlantedFaults.All.Count; i++)
            faults.Add(i, PlantedFaults.All[i].Check);
        return faults;
    }

    [Fact]
    public void Every_check_has_a_fault_that_it_finds() =>
        Assert.Equal(
            books.Checks.All.Select(check => check.Name).Order(),
            PlantedFaults.All.Select(fault => fault.Check).Distinct().Order());

    [Fact]
    public async Task The_books_without_a_fault_are_consistent() =>
        Assert.DoesNotContain(await books.CheckWithAsync("select 1"), book => book.Violations > 0);

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_planted_fault_is_found_among_what_is_new_as_well(int fault, string check)
    {
        var found = await books.CheckWithAsync(PlantedFaults.All[fault].Sql, FromTheBeginning);
        var violated = found.Where(book => book.Violations > 0).Select(book => book.Name).ToList();
        if (PlantedFaults.All[fault].LeavesNothingNew)
            Assert.Empty(violated);
        else
            Assert.Contains(check, violated);
    }

    [Fact]
    public async Task What_is_new_from_the_beginning_on_is_consistent_where_all_is() =>
        Assert.DoesNotContain(await books.CheckWithAsync("select 1", FromTheBeginning), book => book.Violations > 0);

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_planted_fault_is_found_by_its_check_alone(int fault, string check)
    {
        var violated = (await books.CheckWithAsync(PlantedFaults.All[fault].Sql))
            .Where(book => book.Violations > 0)
            .ToList();

        Assert.Equal(PlantedFaults.All[fault].Also.Append(check).Order(), violated.Select(book => book.Name).Order());
        Assert.All(violated, book =>
        {
            Assert.InRange(book.Examples.Count, 1, 5);
            Assert.All(book.Examples, example => Assert.InRange(example.Length, 10, 200));
        });
    }

    /// <summary>
    /// The books of a busy shop without the constraints that protect them, to be spoilt and made good again.
    /// </summary>
    public sealed class Books : ShopTest, IAsyncLifetime
    {
        internal AuditChecks Checks => Shop.Services.GetRequiredService<AuditChecks>();

        internal async Task<IReadOnlyList<CheckedBooks>> CheckWithAsync(string fault, AuditPosition? from = null)
        {
            await using var connection = new NpgsqlConnection(Shop.ConnectionString);
            await connection.OpenAsync();
            // Never committed: the next fault finds the books in order.
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var plant = new NpgsqlCommand(fault, connection, transaction))
                await plant.ExecuteNonQueryAsync();
            using var limit = new Deadline(TimeSpan.FromMinutes(1), CancellationToken.None);
            return await RunAuditHandler.CheckAsync(connection, Checks.All, from, limit);
        }

        async Task IAsyncLifetime.InitializeAsync()
        {
            await InitializeAsync();
            await new BusyShop(Shop, Admin, SignUpAsync).FillAsync();
            await Shop.ExecuteAsync(PlantedFaults.DropConstraints);
        }
    }
}
