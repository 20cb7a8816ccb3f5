namespace Shop.Messages;

/// <summary>A row that a command locks, or an advisory lock that stands for several.</summary>
/// <param name="Resource">The table, <c>schema.table</c>, or what is counted.</param>
/// <param name="Key">The row's key there.</param>
public readonly record struct RowKey(string Resource, object Key);
