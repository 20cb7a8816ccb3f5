using System.Text;

namespace Shop.BuildingBlocks.Deliveries;

/// <summary>As much of a stranger's answer as helps a person, on one line.</summary>
public static class AnswerText
{
    private const int MaxBytes = 200;

    public static async Task<string> BeginningOfAsync(HttpContent content, CancellationToken ct)
    {
        var beginning = new byte[MaxBytes];
        await using var stream = await content.ReadAsStreamAsync(ct);
        var length = await stream.ReadAtLeastAsync(beginning, MaxBytes, throwOnEndOfStream: false, ct);
        return OneLine(Encoding.UTF8.GetString(beginning, 0, length));
    }

    // PostgreSQL's text can't hold U+0000, and a log line no other control character.
    public static string OneLine(string text) =>
        string.Join(
            ' ',
            string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Split(
                ' ', StringSplitOptions.RemoveEmptyEntries));
}
