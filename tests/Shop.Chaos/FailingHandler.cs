namespace Shop.Chaos;

/// <summary>
/// Makes the event handler that counts sales fail, for one product or for all: a trigger raises an error.
/// </summary>
internal sealed class FailingHandler(Cluster cluster)
{
    // Zero stands for all products.
    private const string Prepare = """
        create table if not exists public.failing_sales (product_id bigint);
        create or replace function public.fail_sale() returns trigger language plpgsql as $$
        begin
            if exists (select from public.failing_sales f where f.product_id in (new.product_id, 0)) then
                raise exception 'these sales can not be counted';
            end if;
            return new;
        end $$;
        create or replace trigger fail_sale before insert on ranking.daily_sales
            for each row execute function public.fail_sale();
        select 1
        """;

    private bool isPrepared;

    /// <param name="product">Selects the product, or null for all.</param>
    public async Task FailAsync(string? product)
    {
        if (!isPrepared)
            await cluster.QueryAsync<int>(Prepare);
        isPrepared = true;
        var failing = product is null ? "0" : $"({product})";
        await cluster.QueryAsync<int>($"insert into public.failing_sales select {failing}; select 1");
    }

    public Task RepairAsync() => cluster.QueryAsync<int>("delete from public.failing_sales; select 1");
}
