namespace Shop.IntegrationTests.Testing;

/// <summary>Runs the program in a process of its own, where it is to end at its start.</summary>
internal static class FailingStart
{
    /// <summary>In Development, on a port that the system chooses.</summary>
    /// <returns>The exit code, and the one line on standard error.</returns>
    public static async Task<(int ExitCode, string Line)> OfAsync(
        string connectionString, params (string Name, string Value)[] settings)
    {
        string[] args =
        [
            "--environment=Development", "--Urls=http://127.0.0.1:0", $"--ConnectionStrings:Shop={connectionString}",
            .. settings.Select(setting => $"--{setting.Name}={setting.Value}"),
        ];
        var end = await ShopProgram.RunAsync(args);
        return (end.ExitCode, end.Line);
    }
}
