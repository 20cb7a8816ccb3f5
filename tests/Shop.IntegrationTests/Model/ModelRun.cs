using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shop.IntegrationTests.Model.Steps;
using Shop.IntegrationTests.Testing;
using Xunit.Sdk;

namespace Shop.IntegrationTests.Model;

/// <summary>A shop and its model, taken through the same steps.</summary>
internal sealed class ModelRun : IAsyncDisposable
{
    private const int Customers = 4;
    private const int StepsBetweenBooks = 250;
    private const int StepsTold = 25;
    private const string Password = "correct horse";

    private static readonly TimeSpan SignInAgainAfter = TimeSpan.FromHours(12);

    private readonly int seed;
    private readonly Random random;
    private readonly ShopHost shop;
    private readonly ModelClock clock;
    private readonly ShopModel model;
    private readonly Dictionary<Asker, ShopClient> clients = [];
    private readonly Queue<string> told = [];
    private DateTime signedInAt;
    private bool standsStill;

    private ModelRun(int seed, Random random, ShopHost shop, ModelClock clock, ShopModel model)
    {
        (this.seed, this.random, this.shop, this.clock, this.model) = (seed, random, shop, clock, model);
        clients[Asker.Nobody] = shop.Client();
    }

    /// <summary>The steps so far, by answer.</summary>
    public SortedDictionary<string, int> Answers { get; } = new(StringComparer.Ordinal);

    public static async Task<ModelRun> StartAsync(int seed)
    {
        var random = new Random(seed);
        var clock = new ModelClock();
        var rules = new ShopRules { RequiresBalanceAtOrder = random.Next(2) == 0 };
        var settings = new Dictionary<string, string>
        {
            ["Identity:Tokens:AccessLifetime"] = "1.00:00:00",
            ["Ordering:RequireBalanceAtOrder"] = rules.RequiresBalanceAtOrder.ToString(),
            ["Ordering:MaximumOpenOrders"] = $"{rules.MaximumOpenOrders}",
            ["Wallet:TopUps:MaximumPending"] = $"{rules.MaximumPendingTopUps}",
            ["Coupons:Queue:BatchSize"] = $"{rules.QueueBatch}",
            ["Outbox:BatchSize"] = $"{rules.EventBatch}",
        };
        var database = await TestDatabases.CreateAsync();
        await clock.StopDatabaseAsync(database);
        var shop = await ShopHost.StartAsync(
            database, settings, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        return new ModelRun(seed, random, shop, clock, new ShopModel(rules) { Now = clock.Now });
    }

    public async Task PlayAsync(int steps)
    {
        await OpenAsync();
        var generator = new StepGenerator(random, model);
        var books = new Books(shop, model, () => clients[Asker.Admin]);
        var taken = 0;
        try
        {
            while (taken < steps)
            {
                taken++;
                await TakeAsync(generator.Next());
                if (taken % StepsBetweenBooks == 0)
                    await books.AgreeAsync();
            }

            await books.AgreeAsync();
            await TakeAsync(generator.DeliverAll());
            await books.AreClosedAsync();
        }
        catch (Exception error)
        {
            throw new XunitException(
                $"""
                Shop and model part at step {taken}. To see it again:
                {ModelTests.SeedVariable}={seed} {ModelTests.StepsVariable}={taken}
                {error.Message}

                The last steps:
                {string.Join('\n', told)}
                """,
                error);
        }
    }

    public async ValueTask DisposeAsync() => await shop.DisposeAsync();

    private async Task OpenAsync()
    {
        for (var i = 1; i <= Customers; i++)
        {
            var user = (await clients[Asker.Nobody].PostAsync(
                "/users", new { email = $"{i}@example.com", password = Password, name = "Customer" }))
                .Expect(HttpStatusCode.Created);
            model.Users.Add(new User(user["userId"].GetInt64()));
        }

        await SignInAsync();
        (string Name, long Price, long Stock, bool IsForSale)[] products =
        [
            ("Tea", 3_000, 60, true), ("Cup", 12_345, 20, true), ("Sample", 0, 30, true), ("Ring", 1_500_000, 8, true),
            ("Rare", 700, 3, true), ("Gone", 5_000, 0, true), ("Secret", 900, 10, false), ("Bolt", 1, 20_000, true),
        ];
        foreach (var (name, price, stock, isForSale) in products)
        {
            var body = new { name, price, stock, status = isForSale ? "SELLING" : "STOPPED" };
            await TakeAsync(
                new Call(
                    Asker.Admin,
                    HttpMethod.Post,
                    "/admin/products",
                    body,
                    () => model.CreateProduct(Asker.Admin, name, price, stock, isForSale)));
        }
    }

    private async Task TakeAsync(Step step)
    {
        // Each step at a time of its own, so that what is newer is later; but what waits for a moment wants to see that
        // very moment.
        if (!standsStill)
            await clock.SetAsync(shop, clock.Now.AddMilliseconds(1));
        standsStill = false;
        model.Now = clock.Now;
        if (clock.Now - signedInAt > SignInAgainAfter)
            await SignInAsync();
        Tell($"{clock.Now:HH:mm:ss.ffffff} {step}");
        switch (step)
        {
            case Call call:
                await AskAsync(call);
                break;
            case Turn turn:
                var expected = turn.Expect();
                var done = await turn.Act(shop);
                if (done != expected)
                    throw new XunitException($"Expected {expected} done by the turn\nActual   {done}");
                foreach (var call in turn.Then())
                    await AskAsync(call);
                break;
            case Wait wait:
                await clock.SetAsync(shop, wait.Until);
                model.Now = wait.Until;
                standsStill = true;
                break;
        }
    }

    private async Task AskAsync(Call call)
    {
        var client = clients[call.By];
        var expected = call.Expect();
        var answer = await (call.Method.Method switch
        {
            "GET" => client.GetAsync(call.Path),
            "POST" => client.PostAsync(call.Path, call.Body),
            "PUT" => client.PutAsync(call.Path, call.Body!),
            "PATCH" => client.PatchAsync(call.Path, call.Body!),
            _ => client.DeleteAsync(call.Path),
        });
        var outcome = $"{expected.Status} {expected.Code}".TrimEnd();
        Answers[outcome] = Answers.GetValueOrDefault(outcome) + 1;
        Compared.Agree(expected, answer);
    }

    private async Task SignInAsync()
    {
        signedInAt = clock.Now;
        clients[Asker.Admin] = shop.Client(await TokenAsync("admin@shop.local", "admin-password"));
        for (var i = 0; i < model.Users.Count; i++)
            clients[new Asker(model.Users[i].Id, IsAdmin: false)] = shop.Client(
                await TokenAsync($"{i + 1}@example.com", Password));
    }

    private async Task<string> TokenAsync(string email, string password) =>
        (await clients[Asker.Nobody].PostAsync("/sessions", new { email, password }))
            .Expect(HttpStatusCode.OK)["accessToken"]
            .GetString()!;

    private void Tell(string line)
    {
        told.Enqueue(line);
        if (told.Count > StepsTold)
            told.Dequeue();
    }
}
