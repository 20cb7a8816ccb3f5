namespace Shop.Chaos;

internal static class Pause
{
    /// <summary>Waits. The end of the run ends the wait, and what comes after it still is done.</summary>
    public static Task QuietlyAsync(int milliseconds, CancellationToken ct) =>
        QuietlyAsync(TimeSpan.FromMilliseconds(milliseconds), ct);

    /// <inheritdoc cref="QuietlyAsync(int, CancellationToken)"/>
    public static async Task QuietlyAsync(TimeSpan duration, CancellationToken ct) =>
        await Task.Delay(duration, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
