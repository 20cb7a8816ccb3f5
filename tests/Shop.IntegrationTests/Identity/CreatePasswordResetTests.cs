using System.Net;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class CreatePasswordResetTests : IdentityTest
{
    [Fact]
    public async Task A_user_without_a_password_gets_one_by_a_token_that_is_shown_once()
    {
        var made = (await CreateUserAsync(Admin, "made@example.com")).Expect(HttpStatusCode.Created);
        var userId = made["userId"].GetInt64();
        var before = Shop.Clock.GetUtcNow();
        var created = (await CreateResetAsync(Admin, userId)).Expect(HttpStatusCode.Created);
        Assert.Equal(["token", "expiresAt"], created.Body.EnumerateObject().Select(member => member.Name));
        Assert.Null(created.Headers.Location);
        Assert.Matches("^[A-Za-z0-9_-]{43}$", created["token"].GetString());
        Assert.InRange(
            created["expiresAt"].GetDateTimeOffset() - before,
            TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(61));
        Assert.Equal(0, await Shop.QueryAsync<long>(
            $"select count(*) from identity.password_resets r where r::text like '%{created["token"].GetString()}%'"));

        (await ResetAsync(created["token"].GetString()!, "battery staple")).Expect(HttpStatusCode.NoContent);
        await SignInAsync("made@example.com", "battery staple");
    }

    [Fact]
    public async Task Nobody_resets_a_user_who_holds_a_permission_that_they_lack()
    {
        var (customer, support) = (await SignUpAsync(), await SignUpStaffAsync("SUPPORT"));
        var storefront = await ApiKeyAsync("users:write");
        (await CreateResetAsync(storefront, customer.UserId)).Expect(HttpStatusCode.Created);
        (await CreateResetAsync(Admin, support.UserId)).Expect(HttpStatusCode.Created);
        (await CreateResetAsync(storefront, support.UserId)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await CreateResetAsync(storefront, 999_999)).ExpectProblem(HttpStatusCode.NotFound, "wallet.user_not_found");

        foreach (var other in (Customer[])[support, customer])
            (await CreateResetAsync(other.Client, customer.UserId))
                .ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
        (await CreateResetAsync(Anonymous, customer.UserId))
            .ExpectProblem(HttpStatusCode.Unauthorized, "auth.unauthenticated");

        // Given on another host a moment ago: this one has not read it yet.
        await Shop.ExecuteAsync($"update identity.users set role = 'ADMIN' where user_id = {customer.UserId}");
        (await CreateResetAsync(storefront, customer.UserId)).ExpectProblem(HttpStatusCode.Forbidden, "auth.forbidden");
    }

    [Fact]
    public async Task A_repeat_with_its_key_does_not_show_it_again()
    {
        var path = $"/admin/users/{(await SignUpAsync()).UserId}/password-resets";
        var created = (await Admin.PostWithKeyAsync("k", path)).Expect(HttpStatusCode.Created);
        (await Admin.PostWithKeyAsync("k", path)).ExpectProblem(HttpStatusCode.Conflict, "idempotency.answer_not_kept");
        (await ResetAsync(created["token"].GetString()!, "battery staple")).Expect(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task Of_tokens_made_at_once_on_two_hosts_the_last_one_is_good()
    {
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);
        var customer = await SignUpAsync();
        var admin = await Session.OfAdminAsync(Shop);
        var created = await Task.WhenAll(Enumerable.Range(0, 6).Select(i =>
            CreateResetAsync(admin.Client(i % 2 == 0 ? Shop : other), customer.UserId)));

        var answers = new List<Answer>();
        foreach (var reset in created)
            answers.Add(await ResetAsync(reset.Expect(HttpStatusCode.Created)["token"].GetString()!, "battery staple"));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.NoContent);
        foreach (var answer in answers.Where(answer => answer.Status != HttpStatusCode.NoContent))
            answer.ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_token");
    }
}
