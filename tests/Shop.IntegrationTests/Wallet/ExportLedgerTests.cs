using System.Globalization;
using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Shop.Wallet.Wallets;
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
        await AddChargesAsync(customer, 4_500);
        var answer = (await Admin.GetAsync(Path)).Expect(HttpStatusCode.OK);
        Assert.Equal("text/csv", answer.ContentType);
        var lines = answer.Text.Split("\r\n");
        Assert.Equal("transactionId,userId,type,amount,balanceAfter,reference,occurredAt", lines[0]);
        Assert.Contains(
            $",{customer.UserId},ADJUSTMENT,-5,4995,\"'=1+1, \"\"twice\"\"\",", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("Z", lines[2], StringComparison.Ordinal);
        Assert.Equal(4_502, lines.Skip(1).Where(line => line.Length > 0).Distinct().Count());
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
        var lines = await LinesAsync("?from=2026-01-02T00:00:00Z&to=2026-01-03T09:00:00%2B09:00");
        Assert.Contains(",CHARGE,2,", Assert.Single(lines), StringComparison.Ordinal);
        Assert.Equal(3, (await LinesAsync("?from=&to=9999-12-31T23:59:59.999999Z")).Length);
        Assert.Empty(await LinesAsync("?from=2026-01-03T00:00:00Z&to=2026-01-02T00:00:00Z"));
        Assert.Empty(await LinesAsync("?to=0001-01-01T00:00:00Z"));

        async Task<string[]> LinesAsync(string query) =>
            (await Admin.GetAsync($"{Path}{query}")).Expect(HttpStatusCode.OK).Text.Split("\r\n")[1..^1];
    }

    [Theory]
    [InlineData("2026-01-02")]
    [InlineData("2026-01-02T00:00:00")]
    [InlineData("2026-02-30T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59-14:00")]
    [InlineData("2026-01-02T00:00:00 09:00")]
    [InlineData("yesterday")]
    [InlineData("infinity")]
    [InlineData("1e9")]
    [InlineData("'; drop table wallet.ledger; --Z")]
    [InlineData("\"\\u0032026-01-02T00:00:00Z")]
    [InlineData("2026-01-02T00:00:00Z&from=2026-01-03T00:00:00Z")]
    public async Task A_forged_time_is_refused_and_not_believed(string time)
    {
        var written = time.Contains("&from=", StringComparison.Ordinal) ? time : Uri.EscapeDataString(time);
        foreach (var export in (string[])[Path, "/admin/exports/orders"])
        {
            (await Admin.GetAsync($"{export}?from={written}")).ExpectInvalid("from");
            (await Admin.GetAsync($"{export}?to={Uri.EscapeDataString(time)}")).ExpectInvalid("to");
        }
    }

    [Fact]
    public async Task It_needs_its_permission()
    {
        var finance = await SignUpStaffAsync("FINANCE");
        (await finance.GetAsync(Path)).Expect(HttpStatusCode.OK);
        Assert.Equal("", (await finance.Client.HeadAsync(Path)).Expect(HttpStatusCode.OK).Text);
        var support = await SignUpStaffAsync("SUPPORT");
        (await support.GetAsync(Path)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await Anonymous.GetAsync(Path)).ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");
    }

    [Fact]
    public async Task One_of_a_caller_at_a_time_and_few_altogether()
    {
        var staff = new[]
        {
            await SignUpStaffAsync("FINANCE"), await SignUpStaffAsync("FINANCE"), await SignUpStaffAsync("FINANCE"),
            await SignUpStaffAsync("FINANCE"),
        };
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("lock table wallet.ledger, ordering.orders", connection, transaction))
            await hold.ExecuteNonQueryAsync();

        var held = staff.Select((finance, i) =>
            finance.GetAsync(i < 2 ? Path : "/admin/exports/orders")).ToList();
        await Shop.UntilALockIsWaitedForAsync(waiters: 4);
        (await staff[0].GetAsync("/admin/exports/orders")).ExpectProblem(
            HttpStatusCode.TooManyRequests, "rate_limited");
        (await Admin.GetAsync(Path)).ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");

        await transaction.RollbackAsync();
        foreach (var export in held)
            (await export).Expect(HttpStatusCode.OK);
        (await Admin.GetAsync(Path)).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_client_that_does_not_read_holds_no_connection_and_up_nobody_else()
    {
        var finance = await SignUpStaffAsync("FINANCE");
        await AddChargesAsync(finance, 100_000);
        using (var slow = await RawConnection.OpenAsync(Anonymous.Address, receiveBuffer: 4_096))
        {
            await slow.SendAsync(
                "GET", $"/api/v1{Path}", [$"Authorization: Bearer {finance.Client.AccessToken}"]);
            Assert.StartsWith("HTTP/1.1 200", await slow.ReadHeadAsync(), StringComparison.Ordinal);
            (await finance.GetAsync(Path)).ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
            var whole = (await Admin.GetAsync(Path)).Expect(HttpStatusCode.OK);
            Assert.Equal(100_002, whole.Text.Split("\r\n").Length);
            Assert.Equal(0, await Shop.QueryAsync<long>("""
                select count(*) from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
                    and query like '%wallet.ledger%'
                """));
        }

        // The shop notices that the client has gone.
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while ((await finance.GetAsync($"{Path}?to=2020-01-01T00:00:00Z")).Status != HttpStatusCode.OK)
            await Task.Delay(20, deadline.Token);
    }

    [Fact]
    public async Task A_window_is_found_by_an_index_of_times()
    {
        var lines = await FillDaysAsync();
        await using var connection = new NpgsqlConnection(Shop.ConnectionString);
        await connection.OpenAsync();
        foreach (var planning in (string[])["force_custom_plan", "force_generic_plan"])
        {
            await using var prepare = new NpgsqlCommand(
                $"""
                set plan_cache_mode = {planning};
                prepare found (timestamptz, timestamptz) as {ExportLedgerHandler.SelectWindow
                    .Replace("@From", "$1", StringComparison.Ordinal).Replace("@To", "$2", StringComparison.Ordinal)}
                """,
                connection);
            await prepare.ExecuteNonQueryAsync();
            await using (var explain = new NpgsqlCommand(
                "explain (analyze, timing off, summary off) execute found ('2026-01-20Z', '2026-01-21Z')", connection))
            await using (var reader = await explain.ExecuteReaderAsync())
            {
                var plan = new List<string>();
                while (await reader.ReadAsync())
                    plan.Add(reader.GetString(0));
                Assert.Contains(plan, line => line.Contains("ledger_by_time", StringComparison.Ordinal));
                // It looks at few lines beside the day's.
                var removed = plan.Where(line => line.Contains("Rows Removed", StringComparison.Ordinal))
                    .Sum(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
                Assert.InRange(removed, 0, lines / 4);
            }

            await using var deallocate = new NpgsqlCommand("deallocate found", connection);
            await deallocate.ExecuteNonQueryAsync();
        }

        var day = (await Admin.GetAsync($"{Path}?from=2026-01-20T00:00:00Z&to=2026-01-21T00:00:00Z")).Expect(
            HttpStatusCode.OK);
        Assert.Equal(lines / 40, day.Text.Split("\r\n")[1..^1].Length);
    }

    [Fact]
    public async Task A_page_that_fails_in_the_middle_cuts_the_answer_off()
    {
        var customer = await SignUpAsync();
        await AddChargesAsync(customer, 2_500);
        // A time that no calendar of the shop has.
        await Shop.ExecuteAsync($"""
            insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
            values ({customer.UserId}, 'CHARGE', 7, 7, timestamptz '4000-01-01 00:00:00Z BC')
            """);
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => Admin.GetAsync(Path));

        await Shop.ExecuteAsync("delete from wallet.ledger where amount = 7");
        Assert.Equal(2_502, (await Admin.GetAsync(Path)).Expect(HttpStatusCode.OK).Text.Split("\r\n").Length);
    }

    /// <summary>Fills forty days, a thousand lines each.</summary>
    /// <returns>The number of lines.</returns>
    private async Task<int> FillDaysAsync()
    {
        await Shop.ExecuteAsync("""
            insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
            select 7, 'CHARGE', 1000, n * 1000, timestamptz '2026-01-01Z' + n / 1000 * interval '1 day'
            from generate_series(0, 39999) n;
            select brin_summarize_new_values('wallet.ledger_by_time');
            analyze wallet.ledger
            """);
        return 40_000;
    }

    private Task AddChargesAsync(Customer customer, int count) => Shop.ExecuteAsync($"""
        insert into wallet.ledger (user_id, type, amount, balance_after, occurred_at)
        select {customer.UserId}, 'CHARGE', 1000, 4995 + n * 1000, clock_timestamp()
        from generate_series(1, {count}) n
        """);
}
