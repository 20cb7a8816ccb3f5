using System.Globalization;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Shop.Bench.Curves;

/// <summary>A curve as a picture. Its values stand at even distances, since most of them double.</summary>
internal static class CurveChart
{
    private const string Font = "DejaVu Sans";
    private const int Width = 720;
    private const int Height = 400;

    public static void Write(Curve curve, IReadOnlyList<CurvePoint> points, string folder)
    {
        using var plot = new Plot();
        Add(plot, "Shop", points, point => point.Shop);
        Add(plot, "hand-written SQL", points, point => point.Baseline);
        plot.Font.Set(Font);
        plot.Title(curve.Title);
        plot.XLabel(curve.Over);
        plot.YLabel(curve.Unit);
        plot.Axes.Bottom.TickGenerator = new NumericManual(
            [.. Enumerable.Range(0, points.Count).Select(place => (double)place)],
            [.. points.Select(point => point.Value.ToString("N0", CultureInfo.InvariantCulture))]);
        plot.Axes.Left.TickGenerator = new NumericAutomatic
        {
            LabelFormatter = value => value.ToString("N0", CultureInfo.InvariantCulture),
        };
        plot.Axes.SetLimitsY(0, 1.2 * points.Max(point => Math.Max(point.Shop, point.Baseline ?? 0)));
        plot.ShowLegend(Alignment.UpperLeft);
        Directory.CreateDirectory(folder);
        plot.SaveSvg(Path.Combine(folder, $"{curve.Name}.svg"), Width, Height);
    }

    private static void Add(
        Plot plot, string name, IReadOnlyList<CurvePoint> points, Func<CurvePoint, double?> height)
    {
        var there = points.Index().Where(point => height(point.Item) is not null).ToList();
        if (there.Count == 0)
            return;
        var line = plot.Add.Scatter(
            there.Select(point => (double)point.Index).ToArray(),
            there.Select(point => height(point.Item)!.Value).ToArray());
        (line.LegendText, line.LineWidth, line.MarkerSize) = (name, 2, 6);
    }
}
