using System.Diagnostics;
using System.Net;
using Npgsql;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Idempotency;

/// <summary>A command whose request runs into its deadline, or whose client leaves, while its batch goes on.</summary>
public sealed class DeadlineTests : ShopTest
{
    private static readonly TimeSpan SoonEnough = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task At_the_deadline_it_is_not_known_and_the_key_finds_out()
    {
        var customer = await SignUpAsync();
        await using var held = await Shop.HoldCommitsAsync("wallet.ledger");
        var late = await ChargeAsync(customer, "charge");
        ExpectUnknown(late, "Send it again with the same Idempotency-Key.");
        // The batch is busy with it still.
        var repeat = await ChargeAsync(customer, "charge");
        repeat.ExpectProblem(HttpStatusCode.Conflict, "idempotency.in_progress");

        await held.DisposeAsync();
        var again = await UntilAnsweredAsync(() => ChargeAsync(customer, "charge"));
        again.Expect(HttpStatusCode.OK);
        Assert.Equal(1_000, await customer.BalanceAsync());
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from wallet.ledger"));
    }

    [Fact]
    public async Task Without_a_key_it_is_said_that_it_is_not_known()
    {
        var customer = await SignUpAsync();
        await using var held = await Shop.HoldCommitsAsync("wallet.ledger");
        var late = await customer.PostAsync(Charges(customer), new { amount = 1_000 });
        ExpectUnknown(late, "Look before you send it again.");

        await held.DisposeAsync();
        var waited = Stopwatch.StartNew();
        while (await customer.BalanceAsync() != 1_000)
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, SoonEnough);
    }

    [Fact]
    public async Task A_client_that_hangs_up_leaves_its_command_to_the_batch()
    {
        var customer = await SignUpAsync();
        await using var held = await Shop.HoldCommitsAsync("wallet.ledger");
        using var http = new HttpClient { BaseAddress = customer.Client.Address };
        using var leaving = new CancellationTokenSource();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1{Charges(customer)}")
        {
            Content = new StringContent("""{"amount":1000}""", System.Text.Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {customer.Client.AccessToken}");
        request.Headers.TryAddWithoutValidation("Idempotency-Key", "charge");
        var sending = http.SendAsync(request, leaving.Token);
        await Shop.UntilACommitIsHeldAsync();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);

        await held.DisposeAsync();
        var again = await UntilAnsweredAsync(() => ChargeAsync(customer, "charge"));
        again.Expect(HttpStatusCode.OK);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    [Fact]
    public async Task A_command_whose_deadline_passes_while_it_waits_for_a_row_is_not_done()
    {
        var customer = await SignUpAsync();
        await using (var held = await HoldWalletAsync(customer))
        {
            var late = await ChargeAsync(customer, "charge");
            late.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
            Assert.DoesNotContain("not known", late["detail"].GetString());
        }

        (await ChargeAsync(customer, "charge")).Expect(HttpStatusCode.OK);
        Assert.Equal(1_000, await customer.BalanceAsync());
    }

    private protected override Task<ShopHost> StartAsync() =>
        ShopHost.StartAsync(new Dictionary<string, string> { ["Overload:RequestTimeout"] = "00:00:03" });

    private static void ExpectUnknown(Answer answer, string advice)
    {
        answer.ExpectProblem(HttpStatusCode.ServiceUnavailable, "unavailable");
        Assert.Equal($"It is not known whether this was done. {advice}", answer["detail"].GetString());
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    // 409 while the first one runs.
    private static async Task<Answer> UntilAnsweredAsync(Func<Task<Answer>> ask)
    {
        var waited = Stopwatch.StartNew();
        Answer answer;
        while ((answer = await ask()).Status is HttpStatusCode.Conflict)
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, SoonEnough);
        return answer;
    }

    private async Task<IAsyncDisposable> HoldWalletAsync(Customer customer)
    {
        var connection = new NpgsqlConnection($"{Shop.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await connection.BeginTransactionAsync();
        await using var take = new NpgsqlCommand(
            $"select 1 from wallet.wallets where user_id = {customer.UserId} for update", connection);
        Assert.Equal(1, await take.ExecuteScalarAsync());
        return connection;
    }

    private static Task<Answer> ChargeAsync(Customer customer, string key) =>
        customer.PostWithKeyAsync(key, Charges(customer), new { amount = 1_000 });

    private static string Charges(Customer customer) => $"/users/{customer.UserId}/balance/charges";
}
