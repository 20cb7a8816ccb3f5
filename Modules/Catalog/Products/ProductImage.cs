using System.ComponentModel.DataAnnotations;
using System.Data;
using System.Text.Json;
using Dapper;
using Npgsql;
using NpgsqlTypes;

namespace Shop.Catalog.Products;

/// <param name="Url">Absolute, http or https. The shop does not ask for it.</param>
/// <param name="Alt">The text in place of the image; null for none.</param>
internal sealed record ProductImage(
    [property: MaxLength(ProductImage.UrlLength)] string Url,
    [property: MaxLength(TextLength.Name)] string? Alt = null)
{
    public const int UrlLength = 2_000;
}

internal sealed class ProductImageValidator : AbstractValidator<ProductImage>
{
    public ProductImageValidator()
    {
        RuleFor(image => image.Url).MaximumCharacters(ProductImage.UrlLength)
            .Must(url => Uri.TryCreate(url, UriKind.Absolute, out var address)
                && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
            .WithMessage("Must be an absolute URL with http or https.");
        RuleFor(image => image.Alt).MaximumCharacters(TextLength.Name);
    }
}

/// <summary>A column of images is JSON.</summary>
internal sealed class ProductImages : SqlMapper.TypeHandler<ProductImage[]>
{
    public override ProductImage[] Parse(object value) => JsonSerializer.Deserialize<ProductImage[]>((string)value)!;

    public override void SetValue(IDbDataParameter parameter, ProductImage[]? value)
    {
        parameter.Value = JsonSerializer.Serialize(value);
        ((NpgsqlParameter)parameter).NpgsqlDbType = NpgsqlDbType.Jsonb;
    }
}
