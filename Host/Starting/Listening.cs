using System.Globalization;

namespace Shop.Host.Starting;

/// <summary>
/// Where the host listens: <c>--urls</c>, <c>ASPNETCORE_URLS</c>, <c>ASPNETCORE_HTTP_PORTS</c> or
/// <c>Kestrel:Endpoints</c>, as for any ASP.NET Core program. The default stands below all of them.
/// </summary>
internal static class Listening
{
    private const string Default = "http://localhost:8080";
    private const string EndpointsSection = "Kestrel:Endpoints";
    private const char Separator = ';';

    private static readonly string[] PortKeys = [WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey];

    public static void UseDefaultAddress(this WebApplicationBuilder builder)
    {
        var configuration = builder.Configuration;
        string[] keys = [WebHostDefaults.ServerUrlsKey, .. PortKeys];
        var isConfigured = keys.Any(key => !string.IsNullOrEmpty(configuration[key]))
            || configuration.GetSection(EndpointsSection).GetChildren().Any();
        if (!isConfigured)
            builder.WebHost.UseUrls(Default);
    }

    public static IEnumerable<string> Faults(IConfiguration configuration) =>
    [
        .. Parts(configuration[WebHostDefaults.ServerUrlsKey]).Where(url => !IsAddress(url, "http", "https"))
            .Select(url => $"Urls: must be addresses such as {Default}, separated by semicolons (is {url})"),
        .. EndpointFaults(configuration.GetSection(EndpointsSection)),
        .. PortKeys.SelectMany(key => Parts(configuration[key]).Where(port => !IsPort(port))
            .Select(port => $"{key}: must be ports, 1 to 65535, separated by semicolons (is {port})")),
    ];

    public static bool IsAddress(string url, params ReadOnlySpan<string> schemes)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            return address is { Port: >= 0 and <= 65_535, PathBase: "" } && schemes.Contains(address.Scheme);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static IEnumerable<string> EndpointFaults(IConfigurationSection endpoints) =>
        endpoints.GetChildren().Select(endpoint => endpoint.GetSection("Url"))
            .Where(url => !IsAddress(url.Value ?? "", "http", "https"))
            .Select(url => $"{url.Path}: must be an address such as {Default} (is {url.Value})");

    private static string[] Parts(string? list) =>
        list?.Split(Separator, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];

    private static bool IsPort(string port) =>
        ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
}
