namespace Shop.Catalog;

/// <summary>A member's new value: perhaps nothing.</summary>
internal readonly record struct Changed<T>(T? Value) where T : struct;
