using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Settings;
using Shop.Catalog;
using Shop.Coupons;
using Shop.Host;
using Shop.Identity;
using Shop.Ordering;
using Shop.Payments;
using Shop.Ranking;
using Shop.Wallet;
using Xunit;

namespace Shop.IntegrationTests.Starting;

/// <summary>Faults of settings that the start's check finds before anything is started.</summary>
public sealed class SettingsTests : IDisposable
{
    private const string Endpoint = "https://platform.example/hooks";
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    private readonly string directory = Path.Combine(Path.GetTempPath(), $"shop-settings-{Guid.NewGuid():N}");

    public void Dispose()
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData("Ordering:PaymentWindw", "00:15:00", "no such setting; is it Ordering:PaymentWindow?")]
    [InlineData("ordering:paymentwindw", "00:15:00", "is it ordering:PaymentWindow?")]
    [InlineData("Coupons:Queue:Intervall", "00:00:01", "is it Coupons:Queue:Interval?")]
    [InlineData("Identity:Lockout:MaxAttempts", "5", "Identity:Lockout:MaxAttempts: there is no such setting")]
    [InlineData("Identity:Locout:Duration", "00:05:00", "is it Identity:Lockout?")]
    [InlineData("Orderin:PaymentWindow", "00:15:00", "Orderin: there is no such section; is it Ordering?")]
    [InlineData("ConnectionStrings:Shp", "Host=db", "is it ConnectionStrings:Shop?")]
    [InlineData("Database:MigrateOnStrat", "false", "is it Database:MigrateOnStart?")]
    [InlineData("Ordering:PaymentWindow:Days", "1", "Ordering:PaymentWindow has a single value")]
    [InlineData("Coupons:Queue", "fast", "Coupons:Queue: has settings below it")]
    [InlineData("Ordering:PaymentWindow", "15", "15 would be days, 00:00:15 is seconds")]
    [InlineData("Ordering:PaymentWindow", "24:00:00", "Ordering:PaymentWindow: must be a time span")]
    [InlineData("Ordering:PaymentWindow", "soon", "Ordering:PaymentWindow: must be a time span")]
    [InlineData("Ordering:PaymentWindow", "00:00:00", "Ordering:PaymentWindow:")]
    [InlineData("Ordering:PaymentWindow", "-00:15:00", "Ordering:PaymentWindow:")]
    [InlineData("Ordering:RequireBalanceAtOrder", "yes", "must be true or false")]
    [InlineData("Outbox:BatchSize", "many", "Outbox:BatchSize: must be a whole number")]
    [InlineData("Outbox:BatchSize", "0", "Outbox:BatchSize:")]
    [InlineData("Outbox:BatchSize", "99999999999", "Outbox:BatchSize:")]
    [InlineData("Batching:Parallelism", "17", "Batching:Parallelism:")]
    [InlineData("Audit:Timeout", "00:00:00", "Audit:Timeout:")]
    [InlineData("Overload:QueueLength", "-1", "Overload:QueueLength:")]
    [InlineData("RateLimiting:SignIn:Permits", "0", "RateLimiting:SignIn:Permits:")]
    [InlineData("Wallet:MinimumCharge", "0", "Wallet:MinimumCharge:")]
    [InlineData("Identity:Tokens:AccessLifetime", "2.00:00:00", "Identity:Tokens:AccessLifetime:")]
    [InlineData("Shop:TimeZone", "Asia/Soul", "Shop:TimeZone:")]
    [InlineData("Ranking:Interval", "00:00:00", "Ranking:Interval:")]
    [InlineData("Http:HttpsPort", "0", "Http:HttpsPort:")]
    [InlineData("Http:AllowedOrigins", "*", "Http:AllowedOrigins")]
    [InlineData("Http:KnownProxies", "everybody", "Http:KnownProxies")]
    [InlineData("Http:KnownProxies", "0.0.0.0/0", "everybody")]
    [InlineData("Http:KnownProxies", "10.0.0.1, ::/0", "everybody")]
    [InlineData("Http:KnownProxies:0", "::ffff:0.0.0.0/96", "everybody")]
    [InlineData("Http:KnownProxies", "128.0.0.0/1", "everybody")]
    [InlineData("Http:KnownProxies", "10", "Http:KnownProxies")]
    [InlineData("Http:KnownProxies", "10.0", "Http:KnownProxies")]
    [InlineData("Http:KnownProxies", "10.0/16", "Http:KnownProxies")]
    [InlineData("Http:KnownProxies", "010.0.0.1", "Http:KnownProxies")]
    [InlineData("DataPlatform:MaximumFileSize", "1", "DataPlatform:MaximumFileSize:")]
    [InlineData("ConnectionStrings:Shop", "Host=db;Passwrd=hunter2", "a keyword is unknown; is it Password?")]
    [InlineData("ConnectionStrings:Shop", "Host=db;Port=hunter2", "Shop: the value of Port makes no sense")]
    [InlineData("ConnectionStrings:Shop", "Host=db;Password=a;hunter2", "ConnectionStrings:Shop:")]
    [InlineData("ConnectionStrings:Shop", "Username=hunter2", "ConnectionStrings:Shop: names no Host")]
    [InlineData("ConnectionStrings:Shop", "hunter2", "ConnectionStrings:Shop:")]
    [InlineData("ConnectionStrings:Shop", "Host=db;Minimum Pool Size=9;Maximum Pool Size=3", "ConnectionStrings:Shop:")]
    [InlineData("ConnectionStrings:Shop", "Host=db;Minimum Pool Size=33;Password=hunter2", "ConnectionStrings:Shop:")]
    [InlineData("Urls", "localhost", "Urls:")]
    [InlineData("Urls", "ftp://localhost", "Urls:")]
    [InlineData("Urls", "http://localhost:99999", "Urls:")]
    [InlineData("http_ports", "eighty", "http_ports:")]
    [InlineData("Kestrel:Endpoints:Shop:Url", "http://*:99999", "Kestrel:Endpoints:Shop:Url:")]
    [InlineData("Kestrel:Certificates:Default:Path", "/nowhere/at.pfx", "Kestrel:Certificates:Default:Path:")]
    [InlineData("Health:Urls", "http://*:99999", "Health:Urls:")]
    [InlineData("Health:Urls", "https://*:8081", "Health:Urls:")]
    [InlineData("Logging:LogLevel:Default", "Inform", "Logging:LogLevel:Default: must be one of")]
    [InlineData("Logging:Console:LogLevel:Npgsql", "all", "Logging:Console:LogLevel:Npgsql:")]
    [InlineData("Identity:Admin:Email", "boss", "belong together")]
    [InlineData("Secrets:Directory", "/nowhere/at/all", "Secrets:Directory:")]
    public void What_makes_no_sense_is_refused_by_name(string name, string value, string told)
    {
        var fault = Assert.Single(FaultsOf((name, value)));
        Assert.Contains(told, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Endpoint, "", "DataPlatform:Secret")]
    [InlineData(Endpoint, "whsec_hunter2", "DataPlatform:Secret")]
    [InlineData(Endpoint, "whsec_aHVudGVyMmh1bnRlcjJodW50ZXI=", "DataPlatform:Secret")]
    [InlineData("ftp://platform.example", Secret, "DataPlatform:Endpoint")]
    [InlineData("https://user:hunter2@platform.example", Secret, "DataPlatform:Endpoint")]
    public void What_deliveries_can_t_be_sent_with_is_refused_and_not_told(string endpoint, string secret, string told)
    {
        var fault = Assert.Single(FaultsOf(("DataPlatform:Endpoint", endpoint), ("DataPlatform:Secret", secret)));
        Assert.StartsWith(told, fault, StringComparison.Ordinal);
        foreach (var hidden in (string[])["hunter2", "aHVudGVyMmh1"])
            Assert.DoesNotContain(hidden, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "abc")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "2")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "NaN")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "hunter2")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "hunter2")]
    public void What_the_export_can_t_use_is_refused_where_it_is_asked_for(string name, string value)
    {
        var fault = Assert.Single(FaultsOf(("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4317"), (name, value)));
        Assert.StartsWith($"{name}:", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_is_read_with_its_password()
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "shop.pfx");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllBytes(file, certificate.Export(X509ContentType.Pkcs12, "right"));

        const string Section = "Kestrel:Endpoints:Shop:Certificate";
        (string, string)[] endpoint = [("Kestrel:Endpoints:Shop:Url", "https://*:8443"), ($"{Section}:Path", file)];
        Assert.Empty(FaultsOf([.. endpoint, ($"{Section}:Password", "right")]));
        var fault = Assert.Single(FaultsOf([.. endpoint, ($"{Section}:Password", "hunter2")]));
        Assert.StartsWith($"{Section}:", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault, StringComparison.Ordinal);
        Assert.Empty(FaultsOf(isStart: false, [.. endpoint, ($"{Section}:Password", "hunter2")]));
    }

    [Fact]
    public void A_wrong_log_level_stops_a_verb_too() =>
        Assert.Single(FaultsOf(isStart: false, ("Logging:LogLevel:Npgsql", "Inform")));

    [Fact]
    public void All_faults_are_told_at_once()
    {
        (string Name, string Value)[] wrong =
        [
            ("Ordering:PaymentWindw", "1"), ("Outbox:BatchSize", "many"), ("Audit:Timeout", "00:00:00"), ("Urls", "a"),
        ];
        var faults = FaultsOf(wrong);
        Assert.Equal(wrong.Length, faults.Count);
        var line = new ConfigurationException(faults).Message;
        Assert.All(wrong, setting => Assert.Contains(setting.Name, line, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', line);
    }

    [Fact]
    public void A_file_that_is_no_JSON_is_named()
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "appsettings.json");
        File.WriteAllText(file, """{ "Ordering": """);
        Assert.Contains(file, Assert.Single(FaultsOf(("contentRoot", directory))), StringComparison.Ordinal);
        Assert.Single(FaultsOf(("contentRoot", Path.Combine(directory, "nowhere"))));
    }

    [Fact]
    public void A_folder_that_can_t_be_written_stops_the_start_and_no_verb()
    {
        Directory.CreateDirectory(directory);
        var file = Path.Combine(directory, "a-file");
        File.WriteAllText(file, "");

        var setting = ("DataPlatform:Directory", file);
        Assert.StartsWith("DataPlatform:Directory:", Assert.Single(FaultsOf(setting)), StringComparison.Ordinal);
        Assert.Empty(FaultsOf(isStart: false, setting));
        Assert.Empty(FaultsOf(setting, ("DataPlatform:Endpoint", Endpoint), ("DataPlatform:Secret", Secret)));
    }

    [Theory]
    [InlineData("Ordering:PaymentWindow", "1.00:15:00")]
    [InlineData("Outbox:PollInterval", "00:00:00.25")]
    [InlineData("Http:KnownProxies", "10.0.0.0/8, fc00::/7, 192.0.2.1")]
    [InlineData("Http:KnownProxies:0", "10.0.0.1")]
    [InlineData("Overload:MaximumConcurrency", "")]
    [InlineData("Urls", "http://*:8080;http://unix:/run/shop.sock")]
    [InlineData("http_ports", "8080;8081")]
    [InlineData("Kestrel:Endpoints:Shop:Url", "http://*:8080")]
    [InlineData("Logging:LogLevel:Npgsql", "debug")]
    [InlineData("OTEL_TRACES_SAMPLER_ARG", "abc")]
    [InlineData("Health:Urls", "http://*:8081;http://[::1]:8082")]
    [InlineData("Shop", "/home/shop")]
    [InlineData("Some:Other:Program", "15")]
    public void What_makes_sense_is_taken(string name, string value) => Assert.Empty(FaultsOf((name, value)));

    [Fact]
    public void Outside_Development_a_database_is_named()
    {
        var fault = Assert.Single(FaultsOf("Production", isStart: true, []));
        Assert.Contains("ConnectionStrings:Shop is not set", fault, StringComparison.Ordinal);
        Assert.Empty(FaultsOf("Development", isStart: true, []));
    }

    private IReadOnlyList<string> FaultsOf(params (string Name, string Value)[] settings) =>
        FaultsOf(isStart: true, settings);

    private IReadOnlyList<string> FaultsOf(bool isStart, params (string Name, string Value)[] settings) =>
        FaultsOf("Production", isStart, [("ConnectionStrings:Shop", "Host=db;Database=shop"), .. settings]);

    private IReadOnlyList<string> FaultsOf(string environment, bool isStart, (string Name, string Value)[] settings)
    {
        IModule[] modules =
        [
            new IdentityModule(), new WalletModule(), new CatalogModule(), new CouponsModule(), new OrderingModule(),
            new PaymentsModule(), new RankingModule(),
        ];
        string[] args =
        [
            $"--environment={environment}", $"--DataPlatform:Directory={directory}",
            .. settings.Select(setting => $"--{setting.Name}={setting.Value}"),
        ];
        try
        {
            ShopServices.CreateBuilder(args, modules, isStart);
            return [];
        }
        catch (ConfigurationException wrong)
        {
            return wrong.Faults;
        }
    }
}
