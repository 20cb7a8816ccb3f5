using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Wallet;

public sealed class ExportLedgerTests : ShopTest
{
    private const string Path = "/admin/exports/ledger";

    [Fact]
    public async Task The_ledger_is_written_in_pages_with_nothing_that_a_spreadsheet_runs()
    {
        var customer = await SignUpAsync(balance: 5_000);
        (await Admin.PostAsync(
            $"/admin/users/{customer.UserId}/balance/adjustments", new { amount = -5, reason = "=1+1, \"twice\"" }))
            .Expect(HttpStatusCode.Created);
        await Shop.ExecuteAsync($"""
            insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
            select {customer.UserId}, 'CHARGE', 1000, 4995 + n * 1000, clock_timestamp()
            from generate_series(1, 2500) n
            """);
        var answer = (await Admin.GetAsync(Path)).Expect(HttpStatusCode.OK);
        Assert.Equal("text/csv", answer.ContentType);
        var lines = answer.Text.Split("\r\n");
        Assert.Equal("transactionId,userId,type,amount,balanceAfter,reference,occurredAt", lines[0]);
        Assert.Contains(
            $",{customer.UserId},ADJUSTMENT,-5,4995,\"'=1+1, \"\"twice\"\"\",", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("Z", lines[2], StringComparison.Ordinal);
        Assert.Equal(2_502, lines.Skip(1).Where(line => line.Length > 0).Distinct().Count());
        Assert.Equal("", lines[^1]);
    }

    [Fact]
    public async Task The_window_includes_its_beginning_and_not_its_end()
    {
        var customer = await SignUpAsync();
        foreach (var day in (int[])[1, 2, 3])
            await Shop.ExecuteAsync($"""
                insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
                values ({customer.UserId}, 'CHARGE', {day}, {day}, '2026-01-0{day}T00:00:00Z')
                """);
        var text = (await Admin.GetAsync($"{Path}?from=2026-01-02T00:00:00Z&to=2026-01-03T00:00:00Z"))
            .Expect(HttpStatusCode.OK).Text;
        Assert.Single(text.Split("\r\n"), line => line.Contains(",CHARGE,2,", StringComparison.Ordinal));
        Assert.Equal(3, text.Split("\r\n").Length);
        (await Admin.GetAsync($"{Path}?from=2026-01-02")).ExpectInvalid("from");
        (await Admin.GetAsync($"{Path}?to=yesterday")).ExpectInvalid("to");
    }

    [Fact]
    public async Task It_needs_its_permission()
    {
        var finance = await SignUpStaffAsync("FINANCE");
        (await finance.GetAsync(Path)).Expect(HttpStatusCode.OK);
        var support = await SignUpStaffAsync("SUPPORT");
        (await support.GetAsync(Path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync(Path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }
}
