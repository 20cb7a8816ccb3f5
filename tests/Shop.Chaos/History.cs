using System.Collections.Concurrent;
using System.Text.Json;

namespace Shop.Chaos;

/// <summary>Every operation of the customers with its answers, and the violations that were found.</summary>
internal sealed class History
{
    private readonly ConcurrentQueue<Operation> operations = new();
    private readonly ConcurrentQueue<string> violations = new();

    private readonly ConcurrentQueue<double> rates = new();
    private readonly ConcurrentQueue<bool> audits = new();
    private readonly ConcurrentQueue<Difference> differences = new();

    public IReadOnlyCollection<Operation> Operations => operations;

    public IReadOnlyCollection<string> Violations => violations;

    /// <summary>Each time that a host was stopped, the others' rate in parts of the one before.</summary>
    public IReadOnlyCollection<double> Rates => rates;

    /// <summary>Of each audit, whether the books agreed.</summary>
    public IReadOnlyCollection<bool> Audits => audits;

    public IReadOnlyCollection<Difference> Differences => differences;

    public void NoteRate(double rate) => rates.Enqueue(rate);

    public void NoteAudit(bool consistent) => audits.Enqueue(consistent);

    public void NoteDifference(string what, int missing, int surplus) =>
        differences.Enqueue(new Difference(what, missing, surplus));

    public Operation Open(string kind)
    {
        var operation = new Operation(kind);
        operations.Enqueue(operation);
        return operation;
    }

    public void Violate(string what) => violations.Enqueue($"{DateTime.UtcNow:HH:mm:ss.fff} {what}");

    /// <summary>Writes every operation with all its sendings: they tell the cause of a violation.</summary>
    public Task WriteAsync(string file) => File.WriteAllLinesAsync(
        file, operations.SelectMany(operation => operation.Sendings.Prepend($"{operation}")));
}

/// <summary>A difference between what a customer was told and what is there.</summary>
/// <param name="Missing">Told, and not there.</param>
/// <param name="Surplus">There, and not told.</param>
internal sealed record Difference(string What, int Missing, int Surplus);

/// <summary>A request that changes something, from its first sending to its final answer.</summary>
internal sealed record Operation(string Kind)
{
    /// <summary>The Idempotency-Key of every sending.</summary>
    public string Key { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Path and body of every sending.</summary>
    public string Request { get; set; } = "";

    /// <summary>Whether a sending ended without an answer, or with one that leaves open what happened.</summary>
    public bool WasUnknown { get; set; }

    public bool WasReplayed { get; private set; }

    /// <summary>The results of all sends.</summary>
    public ConcurrentQueue<string> Sendings { get; } = new();

    /// <summary>The final word, or null while there is none.</summary>
    public Answer? Answer { get; set; }

    /// <param name="answer">Null where none came.</param>
    public void Note(Uri host, bool replayed, Answer? answer)
    {
        WasReplayed |= replayed;
        Sendings.Enqueue(
            $"  {DateTime.UtcNow:HH:mm:ss.fff} {host.Authority} {(replayed ? "again " : "")}"
                + $"{answer?.ToString() ?? "no answer"}");
    }

    public override string ToString() => $"{Kind} {Request} (key {Key})";
}

/// <summary>A host's answer.</summary>
internal sealed record Answer(int Status, string Text)
{
    public bool IsSuccess => Status is >= 200 and < 300;

    public JsonElement Body => JsonDocument.Parse(Text).RootElement;

    public JsonElement this[string member] => Body.GetProperty(member);

    /// <summary>The code of a refusal.</summary>
    public string Code => Text.StartsWith('{') && Body.TryGetProperty("code", out var code) ? code.GetString()! : "";

    /// <returns>This, which is no refusal.</returns>
    public Answer Expect() => IsSuccess ? this : throw new InvalidOperationException($"It was refused: {this}");

    public override string ToString() => $"{Status} {Text}";
}
