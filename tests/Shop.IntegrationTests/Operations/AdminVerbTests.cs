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
        (await Shop.Client(await SignInAsync("ops@example.com", "a long enough one")).GetAsync("/admin/outbox")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_is_no_account_is_refused()
    {
        Assert.Contains("8 to 128", (await CreateAsync("ops@example.com", "short")).Error, StringComparison.Ordinal);
        Assert.Contains("e-mail", (await CreateAsync("nobody", "long enough")).Error, StringComparison.Ordinal);
        Assert.Contains("already", (await CreateAsync("admin@shop.local", "long enough")).Error, StringComparison.Ordinal);
        Assert.Equal((2, "--email is missing."), await FailureAsync("admin", "create", Database));
        Assert.Equal((2, "--password-file is missing, and there is nobody to ask."), await FailureAsync("admin", "create", "--email", "ops@example.com", Database));
        Assert.Equal((2, "admin knows one thing: create."), await FailureAsync("admin", "destroy", Database));
        Assert.Equal(1, await Shop.QueryAsync<long>("select count(*) from identity.users"));
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

    private async Task<(int, string)> FailureAsync(params string[] args)
    {
        var (exitCode, _, error) = await RunAsync(args);
        return (exitCode, error.Trim());
    }
}
