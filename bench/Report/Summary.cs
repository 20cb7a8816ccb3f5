using Shop.Bench.Scenarios;

namespace Shop.Bench.Report;

/// <summary>A scenario's rounds in one line: medians, save where it says otherwise.</summary>
internal sealed record Summary(
    string Scenario, string What, string? Against, string Unit, double? Baseline, double Shop, double? Ratio,
    double? RatioMin, double? RatioMax, double? Target, bool? TargetMet,
    double? P50, double? P95, double? P99, IReadOnlyDictionary<string, long> Errors, double? HostCpuMs,
    double? PostgresCpuMs, double? BaselinePostgresCpuMs, double? GeneratorCpuMs,
    double? BytesPerRequest,
    double? CommandsPerRequest,
    double? TransactionsPerRequest,
    double? PeakMegabytes,
    IReadOnlyDictionary<string, double> Notes,
    IReadOnlyList<Round> Rounds,
    double? Before,
    double? RatioToBefore,
    double? RatioToBeforeMin,
    double? RatioToBeforeMax)
{
    public static Summary Of(Scenario scenario, IReadOnlyList<Round> rounds)
    {
        var runs = rounds.Where(round => round.Run is not null).Select(round => round.Run!).ToList();
        var baselines = rounds.Where(round => round.BaselineRun is not null)
            .Select(round => round.BaselineRun!)
            .ToList();
        return new Summary(
            scenario.Name, scenario.What, scenario.Against, rounds[0].Unit,
            Median(rounds.Select(round => round.Baseline)), Median(rounds.Select(round => (double?)round.Shop))!.Value,
            Median(rounds.Select(round => round.Ratio)),
            rounds.Min(round => round.Ratio),
            rounds.Max(round => round.Ratio),
            scenario.Target?.Value,
            scenario.Target?.IsMetBy(Median(rounds.Select(round => (double?)round.Value))!.Value),
            Median(runs.Select(run => (double?)run.Load.P50)),
            Median(runs.Select(run => (double?)run.Load.P95)),
            Median(runs.Select(run => (double?)run.Load.P99)),
            runs.SelectMany(run => run.Load.Errors).GroupBy(error => error.Key).ToDictionary(
                group => group.Key, group => group.Sum(error => error.Value)),
            Median(runs.Select(run => (double?)run.HostCpuPerOperation)),
            Median(runs.Select(run => (double?)run.PostgresCpuPerOperation)),
            Median(baselines.Select(baseline => (double?)baseline.PostgresCpuPerOperation)),
            Median(runs.Select(run => (double?)run.GeneratorCpuPerOperation)),
            Median(runs.Select(run => (double?)run.BytesPerRequest)),
            Median(runs.Select(run => (double?)run.CommandsPerRequest)),
            Median(runs.Select(run => (double?)run.TransactionsPerRequest)),
            runs.Count == 0 ? null : runs.Max(run => run.PeakMegabytes),
            rounds.SelectMany(round => round.Notes ?? new Dictionary<string, double>()).GroupBy(note => note.Key)
                .ToDictionary(group => group.Key, group => Median(group.Select(note => (double?)note.Value))!.Value),
            rounds,
            Median(rounds.Select(round => round.Before)), Median(rounds.Select(round => round.RatioToBefore)),
            rounds.Min(round => round.RatioToBefore), rounds.Max(round => round.RatioToBefore));
    }

    private static double? Median(IEnumerable<double?> values)
    {
        var sorted = values.Where(value => value is not null).Select(value => value!.Value).Order().ToList();
        return sorted.Count == 0 ? null : (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
