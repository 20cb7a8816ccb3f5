using Shop.Bench.Scenarios;

namespace Shop.Bench.Curves;

/// <summary>Operations a second over something that grows.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Over">The name of the values, for people.</param>
/// <param name="Unit">Of the points, for people.</param>
internal sealed record Curve(
    string Name, string Title, string Over, string Unit, IReadOnlyList<int> Values,
    Func<Stage, int, Task<CurvePoint>> MeasureAsync);

/// <param name="Value">Of what grows.</param>
/// <param name="Baseline">Of hand-written SQL; null where it can't do that.</param>
internal sealed record CurvePoint(int Value, double Shop, double? Baseline);
