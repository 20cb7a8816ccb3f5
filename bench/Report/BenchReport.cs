using System.Globalization;
using System.Text.Json;
using Shop.Bench.Machine;
using Spectre.Console;

namespace Shop.Bench.Report;

/// <param name="Audit">The violations that the audit found afterwards; empty where the books are consistent.</param>
internal sealed record BenchReport(
    DateTimeOffset At,
    string Machine,
    string Postgres,
    IReadOnlyDictionary<string, string> PostgresSettings,
    IReadOnlyDictionary<string, string> HostSettings,
    double Seconds,
    IReadOnlyList<Summary> Scenarios, IReadOnlyList<string> Audit)
{
    private const int TableWidth = 200;

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Every scenario did something, no answer was an error, and the books are consistent.</summary>
    public bool IsSound =>
        Audit.Count == 0 && Scenarios.All(scenario => scenario.Errors.Count == 0 && scenario.Shop > 0);

    public static string DescribeMachine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores ({Processor()}), {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} "
        + $"GB, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}, .NET {Environment.Version}");

    public Task WriteAsync(string file) => File.WriteAllTextAsync(file, JsonSerializer.Serialize(this, Readable));

    public void Print(IAnsiConsole console)
    {
        // A table that is piped into a file has no terminal's width to keep to.
        console.Profile.Width = Math.Max(console.Profile.Width, TableWidth);
        console.WriteLine();
        console.WriteLine(Machine);
        console.WriteLine(
            $"{Postgres}, {string.Join(", ", PostgresSettings.Select(setting => $"{setting.Key} = {setting.Value}"))}");
        console.WriteLine(
            $"Host: Production, workers on, {string.Join(
                ", ", HostSettings.Select(setting => $"{setting.Key} = {setting.Value}"))}");
        console.Write(Ratios());
        if (Scenarios.Any(scenario => scenario.Before is not null))
            console.Write(Builds());
        console.Write(Costs());
        foreach (var scenario in Scenarios)
        {
            foreach (var (error, count) in scenario.Errors)
                console.WriteLine($"{scenario.Scenario}: {count} x {error}");
            if (scenario.Notes.Count > 0)
                console.WriteLine(
                    $"{scenario.Scenario}: {string.Join(
                        ", ", scenario.Notes.Select(note => $"{note.Key} {Text(note.Value)}"))}");
        }

        console.WriteLine(Audit.Count == 0 ? "The books are consistent." : "The books are NOT consistent:");
        foreach (var violation in Audit)
            console.WriteLine(violation);
    }

    private Table Ratios()
    {
        var table = new Table().AddColumns(
            "scenario",
            "against",
            "baseline",
            "shop",
            "",
            "ratio",
            "min",
            "max",
            "target",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "errors");
        foreach (var line in Scenarios)
        {
            table.AddRow(Cells(
                line.Scenario, line.Against ?? "", Text(line.Baseline), Text(line.Shop), line.Unit, Text(line.Ratio),
                Text(line.RatioMin), Text(line.RatioMax),
                line.Target is null ? "" : $"{Text(line.Target)} {(line.TargetMet == true ? "met" : "missed")}",
                Text(line.P50), Text(line.P95), Text(line.P99), Text(line.Errors.Values.Sum())));
        }

        return table;
    }

    private Table Builds()
    {
        var table = new Table().AddColumns("scenario", "build before", "this build", "", "ratio", "min", "max");
        foreach (var line in Scenarios.Where(line => line.Before is not null))
        {
            table.AddRow(Cells(
                line.Scenario, Text(line.Before), Text(line.Shop), line.Unit,
                Text(line.RatioToBefore), Text(line.RatioToBeforeMin), Text(line.RatioToBeforeMax)));
        }

        return table;
    }

    private Table Costs()
    {
        var table = new Table().AddColumns(
            "scenario", "host CPU ms/op", "PostgreSQL CPU ms/op", "the baseline's", "generator's",
            "allocated bytes/request", "commands/request", "transactions/request", "peak MB");
        foreach (var line in Scenarios.Where(line => line.P50 is not null))
        {
            table.AddRow(Cells(
                line.Scenario,
                Fine(line.HostCpuMs),
                Fine(line.PostgresCpuMs),
                Fine(line.BaselinePostgresCpuMs),
                Fine(line.GeneratorCpuMs),
                Text(line.BytesPerRequest),
                Fine(line.CommandsPerRequest), Fine(line.TransactionsPerRequest), Text(line.PeakMegabytes)));
        }

        return table;
    }

    private static string[] Cells(params string[] texts) => [.. texts.Select(Markup.Escape)];

    private static string Text(double? number) =>
        number is null
            ? ""
            : number.Value.ToString(Math.Abs(number.Value) < 100 ? "0.##" : "#,0", CultureInfo.InvariantCulture);

    private static string Fine(double? number) => number?.ToString("0.000", CultureInfo.InvariantCulture) ?? "";

    private static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim()
            ?? "unknown";
}
