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

    /// <summary>Why a call failed. The message may quote what the receiver sent, however long that was.</summary>
    public static string Of(Exception error)
    {
        var text = Encoding.UTF8.GetBytes($"{error.GetType().Name}: {error.Message}");
        return OneLine(Encoding.UTF8.GetString(text, 0, Math.Min(text.Length, MaxBytes)));
    }

    // PostgreSQL's text can't hold U+0000, and a log line no other control character.
    public static string OneLine(string text) =>
        string.Join(
            ' ',
            string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)).Split(
                ' ', StringSplitOptions.RemoveEmptyEntries));
}
