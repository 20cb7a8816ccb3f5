using System.Text.Json;
using Shop.IntegrationTests.Testing;

namespace Shop.IntegrationTests.Model.Steps;

/// <summary>Something that happens to the shop, and to the model.</summary>
internal abstract record Step;

/// <summary>A request.</summary>
/// <param name="Expect">Asks the model for the answer, which changes it.</param>
internal sealed record Call(Asker By, HttpMethod Method, string Path, object? Body, Func<Reply> Expect) : Step
{
    public override string ToString() =>
        $"{By}: {Method} {Path} {(Body is null ? "" : JsonSerializer.Serialize(Body))}";
}

/// <summary>A worker's turn, which no client sees.</summary>
/// <param name="Act">Runs the shop's step; returns its amount of work.</param>
/// <param name="Expect">The same in the model.</param>
internal sealed record Turn(string Name, Func<ShopHost, Task<int>> Act, Func<int> Expect) : Step
{
    /// <summary>The requests that see what the turn brought about.</summary>
    public Func<IEnumerable<Call>> Then { get; init; } = () => [];

    public override string ToString() => Name;
}

/// <summary>Time goes by, up to the very moment.</summary>
internal sealed record Wait(DateTime Until) : Step
{
    public override string ToString() => $"it becomes {Until:O}";
}
