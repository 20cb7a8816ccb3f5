using System.Net;
using Xunit;

namespace Shop.IntegrationTests.Operations;

public sealed class AdminVerbTests : VerbTest
{
    [Fact]
    public async Task An_administrator_is_made_and_signs_in()
    {
        var (exitCode, output, error) = await CreateAsync("ops@example.com", "a long enough one\n");
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Contains("ops@example.com", output, StringComparison.Ordinal);
        Assert.DoesNotContain("long enough", output, StringComparison.Ordinal);
        (await Shop.Client(await SignInAsync("ops@example.com", "a long enough one")).GetAsync("/admin/outbox")).Expect(
            HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_no_account_is_refused()
    {
        Assert.Contains("8 to 128", (await CreateAsync("ops@example.com", "short")).Error, StringComparison.Ordinal);
        Assert.Contains("e-mail", (await CreateAsync("nobody", "long enough")).Error, StringComparison.Ordinal);
        Assert.Contains(
            "already", (await CreateAsync("admin@shop.local", "long enough")).Error, StringComparison.Ordinal);
        Assert.Equal((2, "--email is missing."), await FailureAsync("admin", "create", Database));
        Assert.Equal(
            (2, "--password-file is missing, and there is nobody to ask."),
            await FailureAsync("admin", "create", "--email", "ops@example.com", Database));
        Assert.Equal(
            (2, "admin knows create, password and disable."), await FailureAsync("admin", "destroy", Database));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.users"));
    }

    [Fact]
    public async Task A_password_that_is_piped_in_replaces_the_old_one_and_ends_the_sessions()
    {
        var customer = await SignUpAsync();
        string[] Args(string email) => ["admin", "password", "--email", email, Database];
        var (exitCode, output, error) = await RunAsync(
            new StringReader("a long enough one\n"), Args(customer.Email.ToUpperInvariant()));
        Assert.Equal((0, ""), (exitCode, error));
        Assert.DoesNotContain("long enough", output, StringComparison.Ordinal);

        var sessions = $"select count(*) from identity.sessions where user_id = {customer.UserId}";
        Assert.Equal(0, await Shop.QueryAsync<long>(sessions));
        (await Anonymous.PostAsync("/sessions", new { email = customer.Email, password = "correct horse" }))
            .ExpectProblem(HttpStatusCode.Unauthorized, "identity.invalid_credentials");
        await SignInAsync(customer.Email, "a long enough one");
        Assert.Equal(
            (2, "There is no account with this e-mail."),
            await FailureAsync(new StringReader("a long enough one"), Args("nobody@example.com")));
        var tooShort = await FailureAsync(new StringReader("short"), Args(customer.Email));
        Assert.Contains("8 to 128", tooShort.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_account_is_disabled_and_the_last_administrator_is_not()
    {
        var customer = await SignUpAsync();
        Assert.Equal(0, (await RunAsync("admin", "disable", "--email", customer.Email, Database)).ExitCode);
        var status = $"select status from identity.users where user_id = {customer.UserId}";
        Assert.Equal("DISABLED", await Shop.QueryAsync<string>(status));

        var (exitCode, error) = await FailureAsync("admin", "disable", "--email", "admin@shop.local", Database);
        Assert.Equal(2, exitCode);
        Assert.Contains("last active administrator", error, StringComparison.Ordinal);
        await CreateAsync("ops@example.com", "a long enough one");
        Assert.Equal(0, (await RunAsync("admin", "disable", "--email", "admin@shop.local", Database)).ExitCode);
    }

    private async Task<(int ExitCode, string Output, string Error)> CreateAsync(string email, string password)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, password);
            return await RunAsync("admin", "create", "--email", email, "--password-file", file, Database);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private Task<(int ExitCode, string Error)> FailureAsync(params string[] args) => FailureAsync(input: null, args);

    private async Task<(int ExitCode, string Error)> FailureAsync(TextReader? input, params string[] args)
    {
        var (exitCode, _, error) = await RunAsync(input, args);
        return (exitCode, error.Trim());
    }
}
