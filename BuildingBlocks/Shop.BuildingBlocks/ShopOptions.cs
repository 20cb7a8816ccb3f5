using FluentValidation;

namespace Shop.BuildingBlocks;

/// <summary>The section <c>Shop</c>: settings of the shop as a whole.</summary>
public sealed class ShopOptions
{
    /// <summary>
    /// Where the shop's days begin and end, by its IANA name. Only days are the shop's; times are UTC everywhere.
    /// </summary>
    public string TimeZone { get; set; } = "Asia/Seoul";

    /// <summary>The calendar day of the shop in which the instant lies.</summary>
    public DateOnly DayOf(DateTimeOffset instant) =>
        DateOnly.FromDateTime(
            TimeZoneInfo.ConvertTime(instant, TimeZoneInfo.FindSystemTimeZoneById(TimeZone)).DateTime);
}

public sealed class ShopOptionsValidator : AbstractValidator<ShopOptions>
{
    public ShopOptionsValidator() => RuleFor(options => options.TimeZone)
        .Must(name => TimeZoneInfo.TryFindSystemTimeZoneById(name, out _))
        .WithMessage(
            "Is no time zone that this machine knows. It takes IANA names, like Asia/Seoul; a machine without any "
            + "needs the package tzdata.");
}
