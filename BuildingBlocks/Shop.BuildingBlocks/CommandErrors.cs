namespace Shop.BuildingBlocks;

public static class CommandErrors
{
    /// <summary>The value tells what is wrong with each member; empty where the request can't be read.</summary>
    public static readonly DocumentedError<IReadOnlyDictionary<string, string[]>> Validation = new(
        "validation",
        400,
        members => members.Count == 0
            ? "The request is malformed."
            : "One or more members of the request are not valid.",
        members => members.Count == 0 ? [] : [("errors", members)]);

    /// <summary>A limit that all callers share is reached. The value is the detail.</summary>
    public static readonly DocumentedError<string> Unavailable = new("unavailable", 503, detail => detail)
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static Error Busy() => Unavailable.Of("The shop is busy. Try again shortly.");

    /// <summary>Another session has held a row for too long.</summary>
    public static Error RowHeld() => Unavailable.Of("What this needs is in use. Try again shortly.");
}
