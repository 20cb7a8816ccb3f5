using System.Net;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Shop.BuildingBlocks.Commands;
using Shop.BuildingBlocks.Http;
using Shop.Identity.Users;
using Shop.IntegrationTests.Testing;
using Shop.Messages;
using Xunit;

namespace Shop.IntegrationTests.Identity;

public sealed class DisabledUserTests : ShopTest
{
    [Fact]
    public async Task A_disabled_account_signs_in_no_more_and_its_sign_ins_are_not_refreshed()
    {
        var customer = await SignUpAsync();
        var signIn = new { email = customer.Email, password = "correct horse" };
        var session = (await Anonymous.PostAsync("/sessions", signIn)).Expect(HttpStatusCode.OK);
        var refresh = new { refreshToken = session["refreshToken"].GetString() };
        (await Anonymous.PostAsync("/sessions/refresh", refresh)).Expect(HttpStatusCode.OK);

        await DisableAsync(Shop, customer.UserId);

        foreach (var (path, body) in ((string, object)[])[("/sessions", signIn), ("/sessions/refresh", refresh)])
        {
            (await Anonymous.PostAsync(path, body))
                .ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        }

        var sessions = $"select count(*) from identity.sessions where user_id = {customer.UserId}";
        Assert.Equal(0, await Shop.QueryAsync<long>(sessions));
        var user = (await Admin.GetAsync($"/users/{customer.UserId}")).Expect(HttpStatusCode.OK);
        Assert.Equal("DISABLED", user["status"].GetString());
        var listed = (await Admin.GetAsync("/admin/users")).Expect(HttpStatusCode.OK)["items"].EnumerateArray();
        Assert.Equal(["DISABLED", "ACTIVE"], listed.Select(item => item.GetProperty("status").GetString()));
    }

    [Fact]
    public async Task A_session_that_a_host_of_before_opened_for_it_is_not_refreshed()
    {
        var customer = await SignUpAsync();
        var signIn = new { email = customer.Email, password = "correct horse" };
        var session = (await Anonymous.PostAsync("/sessions", signIn)).Expect(HttpStatusCode.OK);
        await Shop.ExecuteAsync($"update identity.users set status = 'DISABLED' where user_id = {customer.UserId}");
        (await Anonymous.PostAsync("/sessions/refresh", new { refreshToken = session["refreshToken"].GetString() }))
            .ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
    }

    [Fact]
    public async Task Two_administrators_that_disable_each_other_at_once_leave_one()
    {
        var first = await Shop.QueryAsync<long>("select user_id from identity.users where role = 'ADMIN'");
        var second = (await SignUpAsync()).UserId;
        await Shop.ExecuteAsync($"update identity.users set role = 'ADMIN' where user_id = {second}");
        await using var other = await ShopHost.StartAsync(Shop.ConnectionString);

        var ended = await Task.WhenAll(TryDisableAsync(Shop, first), TryDisableAsync(other, second));

        Assert.Single(ended, code => code == "identity.last_admin");
        const string Active = "select count(*) from identity.users where role = 'ADMIN' and status = 'ACTIVE'";
        Assert.Equal(1, await Shop.QueryAsync<long>(Active));
    }

    private static async Task<string?> TryDisableAsync(ShopHost host, long userId)
    {
        try
        {
            await DisableAsync(host, userId);
            return null;
        }
        catch (ErrorException failed)
        {
            return failed.Error.Code;
        }
    }

    private static async Task DisableAsync(ShopHost host, long userId)
    {
        await using var scope = host.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IMediator>().Send(
            new ChangeUser(userId, Role: null, UserStatus.Disabled, PermissionNames.Everything));
    }
}
