namespace Shop.Identity.Sessions;

/// <summary>Where a sign-in or a refresh comes from, as the list of sessions shows it.</summary>
/// <param name="Address">The IP address, behind known proxies too; null for a connection without one.</param>
/// <param name="UserAgent">The header's first <see cref="MaximumUserAgent"/> characters; null without it.</param>
internal sealed record SessionClient(string? Address, string? UserAgent)
{
    private const int MaximumUserAgent = 500;

    /// <summary>Lets an endpoint take its client as a parameter.</summary>
    public static ValueTask<SessionClient> BindAsync(HttpContext http) => ValueTask.FromResult(
        new SessionClient(ClientNetwork.AddressOf(http), Shorten(http.Request.Headers.UserAgent.ToString())));

    private static string? Shorten(string text)
    {
        if (text.Length == 0)
            return null;
        var end = text.EnumerateRunes().Take(MaximumUserAgent).Sum(rune => rune.Utf16SequenceLength);
        return text[..end];
    }
}
