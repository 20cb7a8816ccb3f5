using System.Data;
using Dapper;

namespace Shop.BuildingBlocks.Database;

/// <summary>How columns become members, set once for the process.</summary>
internal static class DapperSetup
{
    public static void Apply()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new UtcTime());
        SqlMapper.AddTypeHandler(new Numbers());
    }

    // timestamptz arrives as a DateTime of kind Utc; the shop's types say DateTimeOffset.
    private sealed class UtcTime : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            DateTimeOffset time => time.ToUniversalTime(),
            _ => throw new InvalidCastException($"A {value.GetType().Name} is not a time."),
        };

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) =>
            parameter.Value = value.UtcDateTime;
    }

    // The driver calls a column of bigint[] an Array, whose elements it knows row by row.
    private sealed class Numbers : SqlMapper.TypeHandler<long[]>
    {
        public override long[] Parse(object value) => (long[])value;

        public override void SetValue(IDbDataParameter parameter, long[]? value) => parameter.Value = value;
    }
}
