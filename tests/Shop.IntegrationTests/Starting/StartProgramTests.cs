using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shop.EmbeddedPostgres;
using Shop.IntegrationTests.Testing;
using Xunit;

namespace Shop.IntegrationTests.Starting;

/// <summary>The program as a process: exit codes, standard error, the environment, the working directory.</summary>
public sealed class StartProgramTests
{
    private const int Unavailable = 69;
    private const int Configuration = 78;

    // Nothing listens there, and no start that is refused for its settings may get as far.
    private const string NoDatabase = "Host=127.0.0.1;Port=1;Database=shop;Username=shop;Password=hunter2";

    private readonly string directory = Path.Combine(Path.GetTempPath(), $"shop-start-{Guid.NewGuid():N}");

    [Fact]
    public async Task What_is_configured_wrongly_is_one_line_and_exit_code_78()
    {
        var end = await ShopProgram.RunAsync(["--Urls=nowhere"], Environment(
            ("Ordering__PaymentWindw", "00:15:00"), ("Ranking__Interval", "15"), ("Outbox__BatchSize", "0"),
            ("DataPlatform__Endpoint", "https://platform.example"), ("DataPlatform__Secret", "whsec_aHVudGVyMg=="),
            ("Logging__LogLevel__Default", "Inform"), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
            ("OTEL_TRACES_SAMPLER_ARG", "2"), ("Kestrel__Certificates__Default__Path", "/nowhere/at.pfx")));

        Assert.Equal(Configuration, end.ExitCode);
        var line = end.Line;
        string[] told =
        [
            "Ordering:PaymentWindw", "Ordering:PaymentWindow?", "Ranking:Interval", "Outbox:BatchSize",
            "DataPlatform:Secret", "Urls", "Logging:LogLevel:Default", "OTEL_TRACES_SAMPLER_ARG",
            "Kestrel:Certificates:Default:Path",
        ];
        Assert.All(told, name => Assert.Contains(name, line, StringComparison.Ordinal));
        Assert.DoesNotContain("aHVudGVyMg", line, StringComparison.Ordinal);
        Assert.Empty(end.Output);
    }

    [Fact]
    public async Task What_can_t_be_bound_of_a_section_of_another_library_s_is_one_line()
    {
        var end = await ShopProgram.RunAsync([], Environment(
            ("Logging__Console__FormatterOptions__IncludeScopes", "maybe"), ("DataPlatform__Directory", directory)));
        Directory.Delete(directory, recursive: true);
        Assert.Equal(Configuration, end.ExitCode);
        Assert.Contains("FormatterOptions:IncludeScopes", end.Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_verb_refuses_it_too()
    {
        var end = await ShopProgram.RunAsync(["audit"], Environment(("Ordering__PaymentWindw", "00:15:00")));
        Assert.Equal(Configuration, end.ExitCode);
        Assert.Contains("Ordering:PaymentWindow", end.Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_database_it_says_which_setting_is_missing()
    {
        var end = await ShopProgram.RunAsync([], Environment(("ConnectionStrings__Shop", "")));
        Assert.Equal(Configuration, end.ExitCode);
        Assert.Contains("ConnectionStrings:Shop is not set", end.Line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_database_s_server_says_is_for_a_supervisor()
    {
        var (exitCode, line) = await FailingStart.OfAsync(NoDatabase, ("DataPlatform:Directory", directory));
        Assert.Equal(Unavailable, exitCode);
        Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal);

        var missing = $"{await TestDatabases.CreateEmptyAsync()};Database=missing";
        (exitCode, line) = await FailingStart.OfAsync(missing, ("DataPlatform:Directory", directory));
        Assert.Equal(Unavailable, exitCode);
        Assert.Contains("ConnectionStrings:Shop", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_in_use_is_one_line()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}";
        var (exitCode, line) = await FailingStart.OfAsync(
            await TestDatabases.CreateAsync(), ("Urls", address), ("DataPlatform:Directory", directory));
        Assert.Equal(Unavailable, exitCode);
        Assert.Contains(address, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_health_address_that_is_not_this_machine_s_is_named()
    {
        var (exitCode, line) = await FailingStart.OfAsync(
            await TestDatabases.CreateAsync(),
            ("Health:Urls", "http://192.0.2.1:8081"),
            ("DataPlatform:Directory", directory));
        Assert.Equal(Configuration, exitCode);
        Assert.Contains("Health:Urls:", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "private key")]
    [InlineData(false, "Kestrel:")]
    public async Task A_key_that_is_not_its_certificate_s_or_is_none_is_one_line(bool isKey, string told)
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "shop.pem");
        var otherKey = Path.Combine(directory, "other.key");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await File.WriteAllTextAsync(file, certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(otherKey, isKey ? other.ExportPkcs8PrivateKeyPem() : "nothing");

        const string Endpoint = "Kestrel:Endpoints:Shop";
        var (exitCode, line) = await FailingStart.OfAsync(
            await TestDatabases.CreateAsync(),
            ($"{Endpoint}:Url", "https://127.0.0.1:0"),
            ($"{Endpoint}:Certificate:Path", file),
            ($"{Endpoint}:Certificate:KeyPath", otherKey),
            ("DataPlatform:Directory", directory));
        Directory.Delete(directory, recursive: true);
        Assert.Equal(Configuration, exitCode);
        Assert.Contains(told, line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://192.0.2.1:8080")]
    [InlineData("http://127.0.0.1:0/base")]
    public async Task An_address_that_is_not_this_machine_s_is_a_wrong_setting(string address)
    {
        var (exitCode, line) = await FailingStart.OfAsync(
            await TestDatabases.CreateAsync(), ("Urls", address), ("DataPlatform:Directory", directory));
        Assert.Equal(Configuration, exitCode);
        Assert.DoesNotContain("database", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_of_errors_are_english_whatever_the_language_is()
    {
        var address = $"http://127.0.0.1:{FreePort.Pick()}";
        Directory.CreateDirectory(directory);
        await using var program = ShopProgram.Start(
            [],
            Environment(
                ("ASPNETCORE_URLS", address),
                ("ConnectionStrings__Shop", await TestDatabases.CreateEmptyAsync()),
                ("LANG", "ko_KR.UTF-8"),
                ("LC_ALL", "ko_KR.UTF-8")),
            workingDirectory: directory);
        await program.UntilReadyAsync(address);

        using var http = new HttpClient();
        using var answer = await http.PostAsJsonAsync($"{address}/api/v1/sessions", new { email = "", password = "x" });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("must not be empty", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(0, (await program.StopAsync()).ExitCode);
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("ASPNETCORE_URLS")]
    [InlineData("ASPNETCORE_HTTP_PORTS")]
    public async Task From_any_folder_it_finds_its_settings_and_listens_where_the_environment_says(string variable)
    {
        var port = FreePort.Pick();
        var value = variable.EndsWith("PORTS", StringComparison.Ordinal) ? $"{port}" : $"http://127.0.0.1:{port}";
        Directory.CreateDirectory(directory);
        // The working directory has the settings of another program.
        const string Foreign = """{ "Urls": "http://127.0.0.1:1", "Ordering": { "Nonsense": 1 } }""";
        await File.WriteAllTextAsync(Path.Combine(directory, "appsettings.json"), Foreign);
        await using var program = ShopProgram.Start(
            [],
            Environment((variable, value), ("ConnectionStrings__Shop", await TestDatabases.CreateEmptyAsync())),
            workingDirectory: directory);
        await program.UntilReadyAsync($"http://127.0.0.1:{port}");

        // The format of its own appsettings.json.
        Assert.StartsWith("{", program.Output, StringComparison.Ordinal);
        Assert.True(Directory.Exists(Path.Combine(directory, "data", "platform")));
        Assert.Equal(0, (await program.StopAsync()).ExitCode);
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Outside_Development_a_known_password_in_the_database_stops_the_start_until_a_verb_mends_it()
    {
        await using var development = await ShopHost.StartAsync();
        var environment = Environment(
            ("ConnectionStrings__Shop", development.ConnectionString),
            ("DataPlatform__Directory", directory),
            ("Identity__Admin__Email", "boss@example.com"), ("Identity__Admin__Password", "battery staple"));
        var refused = await ShopProgram.RunAsync(["--urls=http://127.0.0.1:0"], environment);
        Assert.Equal(Configuration, refused.ExitCode);
        var line = refused.Line;
        Assert.Contains("admin password --email admin@shop.local", line, StringComparison.Ordinal);
        Assert.DoesNotContain("admin-password", line, StringComparison.Ordinal);
        Assert.Equal(1, await development.QueryAsync<long>("select count(*) from identity.users"));

        var mended = await ShopProgram.RunAsync(
            ["admin", "password", "--email", "admin@shop.local"], environment, input: "a better one\n");
        Assert.Equal((0, ""), (mended.ExitCode, mended.Error));
        var address = $"http://127.0.0.1:{FreePort.Pick()}";
        await using var program = ShopProgram.Start([$"--urls={address}"], environment);
        await program.UntilReadyAsync(address);
        Assert.Equal(0, (await program.StopAsync()).ExitCode);
    }

    private static Dictionary<string, string> Environment(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string>
        {
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["ConnectionStrings__Shop"] = NoDatabase,
        };
        foreach (var (name, value) in variables)
            environment[name] = value;
        return environment;
    }
}
