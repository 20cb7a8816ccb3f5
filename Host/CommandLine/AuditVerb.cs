using MediatR;
using Shop.Host.Audit;
using Spectre.Console;

namespace Shop.Host.CommandLine;

/// <summary>The audit for a terminal, a script or a nightly job.</summary>
internal static class AuditVerb
{
    public static Verb Verb { get; } = new(
        "audit",
        $"[--check NAME] [{SinceLast}]",
        "Checks the books, all of them or one check, and prints what it found. "
        + $"{SinceLast}: only what came since the last consistent audit of all checks. "
        + "Exit code: 0 consistent, 1 not, 2 it could not be checked.",
        RunAsync)
    {
        Flags = [SinceLast],
    };

    private const string SinceLast = "--since-last";

    private static async Task<int> RunAsync(VerbCall call, CancellationToken ct)
    {
        await ReadyDatabase.ExpectAsync(call, ct);
        var scope = call.Has(SinceLast) ? AuditScope.New : AuditScope.All;
        var audit = new RunAudit(call.Option("--check"), scope);
        var report = await call.Services.GetRequiredService<IMediator>().Send(audit, ct);
        Write(report, call.Output);
        return report.Consistent ? ExitCode.Fine : ExitCode.Bad;
    }

    private static void Write(AuditReport report, IAnsiConsole output)
    {
        var table = new Table().RoundedBorder()
            .AddColumn(new TableColumn("Check").NoWrap())
            .AddColumn("What holds")
            .AddColumn(new TableColumn("Violations").NoWrap().RightAligned());
        foreach (var check in report.Checks)
        {
            var style = check.Violations == 0 ? Style.Plain : new Style(Color.Red, decoration: Decoration.Bold);
            table.AddRow(
                new Text(check.Name, style), new Text(check.Description), new Text($"{check.Violations}", style));
        }

        output.Write(table);
        foreach (var check in report.Checks.Where(check => check.Violations > 0))
        {
            output.WriteLine(check.Name);
            foreach (var example in check.Examples)
                output.WriteLine($"  {example}");
        }

        if (report.From is { } from)
            output.WriteLine($"What came since {from:u}; what is older was consistent then.");
        var broken = report.Checks.Count(check => check.Violations > 0);
        output.WriteLine(report.Consistent
            ? $"Consistent at {report.CheckedAt:u} (checks: {report.Checks.Count})"
            : $"NOT consistent at {report.CheckedAt:u} (checks: {report.Checks.Count}, with violations: {broken})");
    }
}
