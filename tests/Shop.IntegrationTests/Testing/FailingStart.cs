using System.Reflection;

namespace Shop.IntegrationTests.Testing;

/// <summary>
/// Runs the program as it is run, where it is to end at its start: <see cref="ShopHost"/>'s factory would hide why, depending on how far it has got.
/// </summary>
internal static class FailingStart
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <returns>What stopped it.</returns>
    /// <exception cref="TimeoutException">It runs.</exception>
    public static async Task<Exception> OfAsync(string connectionString, params (string Name, string Value)[] settings)
    {
        string[] args =
        [
            "--environment=Development", "--Urls=http://127.0.0.1:0", $"--ConnectionStrings:Shop={connectionString}",
            .. settings.Select(setting => $"--{setting.Name}={setting.Value}"),
        ];
        var program = typeof(Program).Assembly.EntryPoint!;
        try
        {
            await Task.Run(() => program.Invoke(null, BindingFlags.DoNotWrapExceptions, binder: null, [args], culture: null)).WaitAsync(Patience);
        }
        catch (Exception error) when (error is not TimeoutException)
        {
            return error;
        }

        throw new InvalidOperationException("The program ended without an exception.");
    }
}
