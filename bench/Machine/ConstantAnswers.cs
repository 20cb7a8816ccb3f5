using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shop.Bench.Machine;

[assembly: HostingStartup(typeof(ConstantAnswers))]

namespace Shop.Bench.Machine;

/// <summary>
/// The baseline of reads: the measured host itself answers <c>/api/v1/constant/{bytes}</c> with a constant JSON of so
/// many bytes, behind all that stands before its own endpoints. ASP.NET Core loads it where
/// ASPNETCORE_HOSTINGSTARTUPASSEMBLIES names this assembly.
/// </summary>
public sealed class ConstantAnswers : IHostingStartup, IStartupFilter
{
    private const string Path = "/api/v1/constant/";

    private readonly ConcurrentDictionary<string, byte[]> answers = new(StringComparer.Ordinal);

    public static string PathOf(int bytes) => string.Create(CultureInfo.InvariantCulture, $"{Path}{bytes}");

    public void Configure(IWebHostBuilder builder) =>
        builder.ConfigureServices(services => services.AddSingleton<IStartupFilter>(this));

    // Behind the host's own pipeline: paths without an endpoint come here.
    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        next(app);
        app.Run(AnswerAsync);
    };

    private Task AnswerAsync(HttpContext http)
    {
        if (http.Request.Path.Value is not { } path || !path.StartsWith(Path, StringComparison.Ordinal))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        var answer = answers.GetOrAdd(
            path, static asked => Answer(int.Parse(asked.AsSpan(Path.Length), CultureInfo.InvariantCulture)));
        http.Response.ContentType = "application/json; charset=utf-8";
        http.Response.ContentLength = answer.Length;
        return http.Response.Body.WriteAsync(answer, 0, answer.Length);
    }

    private static byte[] Answer(int bytes)
    {
        const string Frame = "{\"filler\":\"\"}";
        return Encoding.ASCII.GetBytes(
            Frame.Insert(Frame.Length - 2, new string('x', Math.Max(0, bytes - Frame.Length))));
    }
}
