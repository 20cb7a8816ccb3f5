using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FluentValidation.Results;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace Shop.BuildingBlocks.Http;

/// <summary>The query parameters of every list.</summary>
/// <param name="Limit">1..100, 20 unless said otherwise.</param>
/// <param name="Cursor">The <c>nextCursor</c> of the page before.</param>
public readonly record struct PageRequest(
    [property: Description("How many at most; 20 without it."), Range(1, PageRequest.MaximumSize)] int? Limit,
    [property: Description("The `nextCursor` of the page before; of the same list, sort and filter.")] string? Cursor)
{
    private const int MaximumSize = 100;

    /// <exception cref="FluentValidation.ValidationException">The limit is out of bounds.</exception>
    public int Size =>
        Limit is null ? 20 : Limit is >= 1 and <= MaximumSize
            ? Limit.Value
            : throw Invalid.Field("limit", "Must be between 1 and 100.");
}

/// <summary>A page of a list.</summary>
/// <param name="NextCursor">Where the next page starts, or null on the last one.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? NextCursor)
{
    public Page<TOther> Select<TOther>(Func<T, TOther> convert) => new([.. Items.Select(convert)], NextCursor);
}

/// <summary>
/// Keyset paging. A cursor holds the sort key of a page's last row, sealed for one list with one sort and filter:
/// whatever else is handed in does not open.
/// </summary>
public sealed class Cursors(IDataProtectionProvider protection)
{
    private readonly IDataProtector protector = protection.CreateProtector("Shop.Cursors");

    /// <summary>Where the page starts: the key after which it goes on, or null for the first page.</summary>
    /// <param name="list">Names the list with everything that shapes it: its user, filter and sort.</param>
    /// <exception cref="FluentValidation.ValidationException">The cursor was not handed out for this list.</exception>
    public TKey? Read<TKey>(string list, PageRequest page) where TKey : class
    {
        if (page.Cursor is null)
            return null;
        try
        {
            return JsonSerializer.Deserialize<TKey>(
                protector.CreateProtector(list).Unprotect(WebEncoders.Base64UrlDecode(page.Cursor)));
        }
        catch (Exception error) when (error is CryptographicException or FormatException or JsonException)
        {
            throw Invalid.Field("cursor", "Was not handed out for this list.");
        }
    }

    /// <summary>
    /// Makes a page of the rows read, which must be one more than the page holds where there is a next page.
    /// </summary>
    public Page<T> Page<T, TKey>(string list, PageRequest page, IReadOnlyList<T> rows, Func<T, TKey> keyOf)
        where TKey : class
    {
        if (rows.Count <= page.Size)
            return new Page<T>(rows, null);
        var items = rows.Take(page.Size).ToList();
        var key = JsonSerializer.SerializeToUtf8Bytes(keyOf(items[^1]));
        return new Page<T>(items, WebEncoders.Base64UrlEncode(protector.CreateProtector(list).Protect(key)));
    }
}

/// <summary>Faults of a request that no validator sees.</summary>
public static class Invalid
{
    public static FluentValidation.ValidationException Field(string field, string message) =>
        new([new ValidationFailure(field, message)]);
}
