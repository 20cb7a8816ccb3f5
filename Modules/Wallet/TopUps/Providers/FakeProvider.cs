using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Shop.Wallet.TopUps.Providers;

/// <summary>
/// A provider for Development that takes no money. Its page authenticates a payment, or one that it will decline; its
/// books are a table, so that it remembers what a host that died had asked of it.
/// </summary>
internal sealed class FakeProvider(IServiceScopeFactory scopes, IOptions<TopUpOptions> options, TimeProvider time)
    : IPaymentProvider
{
    private const string InsertPayment = """
        insert into wallet.fake_payments (payment_id, order_id, amount, status)
        values (@paymentId, @orderId, @amount, @status)
        """;

    // An order is paid once, as with a real provider; a repeat answers as the first.
    private const string Take = """
        with taken as (
            update wallet.fake_payments p
            set status = case p.status when 'DECLINING' then 'DECLINED' else 'DONE' end
            where payment_id = @paymentId and order_id = @orderId and amount = @amount
                and status in ('AUTHENTICATED', 'DECLINING')
                and not exists (
                    select from wallet.fake_payments d where d.order_id = p.order_id and d.status = 'DONE')
            returning payment_id, order_id, amount, status)
        select payment_id, order_id, amount, status from taken
        union all
        select payment_id, order_id, amount, status from wallet.fake_payments
        where payment_id = @paymentId and order_id = @orderId and amount = @amount and status in ('DONE', 'DECLINED')
        limit 1
        """;

    private const string TakeAgain = """
        insert into wallet.fake_payments (payment_id, order_id, amount, status)
        values (@paymentId || '-2', @orderId, @amount, 'DONE')
        on conflict do nothing
        """;

    private const string SelectOfOrder = """
        select payment_id, order_id, amount, status from wallet.fake_payments
        where order_id = @orderId and status in ('DONE', 'DECLINED')
        order by status desc, payment_id desc
        limit 1
        """;

    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(5);

    private sealed record Payment(string PaymentId, string OrderId, long Amount, string Status);

    private FakeBehaviour Behaviour => options.Value.Fake.Behaviour;

    public string Name => "FAKE";

    public TopUpCheckout CheckoutOf(Guid topUpId, long amount) => new(
        $"/pay/?orderId={topUpId}&amount={amount}", ClientKey: null, topUpId.ToString(), amount, OrderName: "Top-up");

    /// <summary>Its page's buttons.</summary>
    /// <returns>The payment's id, with which the shop confirms.</returns>
    public async Task<string> AuthenticateAsync(string orderId, long amount, bool approve, CancellationToken ct)
    {
        var paymentId = $"fake_{Guid.NewGuid():N}";
        var status = approve ? "AUTHENTICATED" : "DECLINING";
        await WithDbAsync(db => db.ExecuteAsync(InsertPayment, new { paymentId, orderId, amount, status }, ct));
        return paymentId;
    }

    public async Task<ProviderAnswer> ConfirmAsync(Guid topUpId, long amount, string paymentId, CancellationToken ct)
    {
        if (Behaviour == FakeBehaviour.Down)
            return new ProviderAnswer.None("The Fake provider is down.");
        var asked = new { paymentId, orderId = topUpId.ToString(), amount };
        var payment = await WithDbAsync(db => db.QuerySingleOrDefaultAsync<Payment>(Take, asked, ct));
        if (payment is { Status: "DONE" } && Behaviour == FakeBehaviour.PaysTwice)
            await WithDbAsync(db => db.ExecuteAsync(TakeAgain, asked, ct));
        return await AnswerAsync(payment, ct);
    }

    public async Task<ProviderAnswer> LookUpAsync(Guid topUpId, CancellationToken ct)
    {
        if (Behaviour == FakeBehaviour.Down)
            return new ProviderAnswer.None("The Fake provider is down.");
        var asked = new { orderId = topUpId.ToString() };
        return await AnswerAsync(
            await WithDbAsync(db => db.QuerySingleOrDefaultAsync<Payment>(SelectOfOrder, asked, ct)), ct);
    }

    // No connection is held meanwhile.
    private async Task<ProviderAnswer> AnswerAsync(Payment? payment, CancellationToken ct)
    {
        if (Behaviour == FakeBehaviour.Slow)
            await Task.Delay(Slowness, time, ct);
        return payment switch
        {
            { Status: "DONE" } => new ProviderAnswer.Taken(
                payment.PaymentId,
                payment.OrderId,
                Behaviour == FakeBehaviour.WrongAmount ? payment.Amount + 1_000 : payment.Amount),
            { Status: "DECLINED" } => new ProviderAnswer.Declined("DECLINED"),
            _ => new ProviderAnswer.NotTaken(),
        };
    }

    private async Task<T> WithDbAsync<T>(Func<Db, Task<T>> work)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await work(scope.ServiceProvider.GetRequiredService<Db>());
    }
}
