using System.Diagnostics.Metrics;

namespace Shop.BuildingBlocks.Http;

/// <summary>Counts the error responses, by code.</summary>
public sealed class ErrorCounter(IMeterFactory meters)
{
    public const string InstrumentName = "shop.refusals";

    public const string CodeTag = "code";

    private readonly Counter<long> answers = meters.Create(Instrumentation.MeterName)
        .CreateCounter<long>(InstrumentName, "{answer}", "Answers that were a problem, by code.");

    public void Count(string code) => answers.Add(1, new KeyValuePair<string, object?>(CodeTag, code));
}
