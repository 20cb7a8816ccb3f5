using Npgsql;
using Shop.Bench;
using Shop.Bench.Curves;
using Shop.Bench.Load;
using Shop.Bench.Machine;
using Shop.Bench.Report;
using Shop.Bench.Scenarios;
using Shop.EmbeddedPostgres;
using Spectre.Console;

if (args is [LoadGenerator.Verb])
    return await LoadGenerator.RunAsync(Console.In, Console.Out);

if (!OperatingSystem.IsLinux())
{
    await Console.Error.WriteLineAsync("The bench reads the processes' counters from /proc: it needs Linux.");
    return 2;
}

if (args is ["--list"])
{
    foreach (var scenario in AllScenarios.InOrder)
        Console.WriteLine($"{scenario.Name,-16} {scenario.What}");
    foreach (var curve in AllCurves.InOrder)
        Console.WriteLine($"{curve.Name,-16} {curve.Title} (--curves)");
    return 0;
}

BenchOptions options;
try
{
    options = BenchOptions.Parse(
        args,
        args.Contains("--curves")
            ? [.. AllCurves.InOrder.Select(curve => curve.Name)]
            : [.. AllScenarios.InOrder.Select(scenario => scenario.Name)]);
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"{wrong.Message}\n{BenchOptions.Usage}");
    return 2;
}

try
{
    return options.CurvesFolder is { } folder ? await DrawAsync(options, folder) : await RunAsync(options);
}
catch (Exception reason)
    when (reason is InvalidOperationException or PostgresNotFoundException or PostgresStartException)
{
    await Console.Error.WriteLineAsync(reason.Message);
    return 2;
}

static async Task<int> RunAsync(BenchOptions options)
{
    await using var cluster = await Cluster.StartAsync();
    await using var stage = new Stage(cluster, options);
    var summaries = new List<Summary>();
    var broken = false;
    foreach (var scenario in AllScenarios.InOrder.Where(
        scenario => options.Scenarios.Count == 0 || options.Scenarios.Contains(scenario.Name)))
    {
        Console.WriteLine($"{DateTime.Now:HH:mm:ss} {scenario.Name}: {scenario.What}");
        try
        {
            summaries.Add(Summary.Of(scenario, await scenario.RunAsync(stage)));
        }
        catch (Exception reason) when (reason is InvalidOperationException or NpgsqlException)
        {
            // The figures of the others stand.
            broken = true;
            await Console.Error.WriteLineAsync($"{scenario.Name}: {reason.Message}");
        }
    }

    await stage.CloseAllAsync();
    var report = new BenchReport(
        DateTimeOffset.UtcNow, BenchReport.DescribeMachine(), cluster.Source, Cluster.Settings, HostProcess.Settings,
        options.Seconds, summaries, stage.Violations);
    report.Print(AnsiConsole.Console);
    if (options.JsonFile is not null)
        await report.WriteAsync(options.JsonFile);
    return broken ? 2 : report.IsSound ? 0 : 1;
}

static async Task<int> DrawAsync(BenchOptions options, string folder)
{
    await using var cluster = await Cluster.StartAsync();
    await using var stage = new Stage(cluster, options);
    foreach (var curve in AllCurves.InOrder.Where(
        curve => options.Scenarios.Count == 0 || options.Scenarios.Contains(curve.Name)))
    {
        Console.WriteLine($"{DateTime.Now:HH:mm:ss} {curve.Title} ({curve.Unit}; hand-written SQL)");
        var points = new List<CurvePoint>();
        foreach (var value in curve.Values)
        {
            var point = await curve.MeasureAsync(stage, value);
            points.Add(point);
            Console.WriteLine($"{value,8:N0} {point.Shop,8:N0} {point.Baseline,8:N0}");
        }

        CurveChart.Write(curve, points, folder);
    }

    await stage.CloseAllAsync();
    stage.Violations.ForEach(Console.Error.WriteLine);
    return stage.Violations.Count == 0 ? 0 : 1;
}
