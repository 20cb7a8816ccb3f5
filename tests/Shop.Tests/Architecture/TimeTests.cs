using System.Text.RegularExpressions;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>Hosts decide by one clock, the database's (<c>shop.now()</c>).</summary>
public sealed partial class TimeTests
{
    // The definition; a time before shop.now() exists; a time that is compared with those of pg_stat_activity.
    private static readonly string[] OtherDatabaseTimes = ["0004_now.sql", "Migrator.cs", "PooledSessions.cs"];

    // A migration, which never changes, and which reads its table once.
    private static readonly string[] BareOnPurpose = ["0011_keys_of_edition_1.sql"];

    // Each of these times stays within its process, or goes to a client.
    private static readonly Dictionary<string, string> HostTimes = new()
    {
        ["AccessSnapshot.cs"] = "the age of what this process has read",
        ["AccessTokenHandler.cs"] = "the expiry of a key, as that of a token",
        ["AccessTokens.cs"] = "the expiry inside a token",
        ["ApiKeyUses.cs"] = "a last use, shown to the minute",
        ["BacklogMetrics.cs"] = "the age of a reading of this process",
        ["Clock.cs"] = "the extension method",
        ["ClockSkew.cs"] = "compares the host's clock with the database's",
        ["ExportUser.cs"] = "the time that an export shows",
        ["ExternalTokens.cs"] = "the times inside a token of a provider, which has a clock of its own",
        ["ListCache.cs"] = "a cache of this process",
        ["NdjsonFiles.cs"] = "names of this process's files",
        ["ErrorCounts.cs"] = "counts of this process",
        ["Tokens.cs"] = "the expiry inside a token, which no database is asked about",
    };

    private static readonly string[] Product = ["BuildingBlocks", "Modules", "Host", "database"];

    [Fact]
    public void SQL_takes_the_time_from_one_function() => Assert.Equal(
        OtherDatabaseTimes,
        Sources().Where(file => OtherClock().IsMatch(Code(file))).Select(Path.GetFileName).Order(
            StringComparer.Ordinal));

    [Fact]
    public void A_condition_takes_the_time_from_a_subquery() =>
        Assert.Equal(BareOnPurpose, Sources().Where(file => IsBareInCondition(Code(file))).Select(Path.GetFileName));

    [Fact]
    public void A_host_keeps_its_own_time_to_itself() => Assert.Equal(
        HostTimes.Keys.Order(StringComparer.Ordinal),
        Sources().Where(file => HostClock().IsMatch(Code(file))).Select(Path.GetFileName).Order(
            StringComparer.Ordinal));

    [Theory]
    [InlineData("select now()")]
    [InlineData("created_at timestamptz default NOW ()")]
    [InlineData("where until <= clock_timestamp()")]
    [InlineData("values (current_timestamp)")]
    [InlineData("select statement_timestamp(), transaction_timestamp()")]
    [InlineData("where day = current_date or at = localtimestamp")]
    [InlineData("values ('now'::timestamptz)")]
    public void Another_time_is_found(string sql) => Assert.Matches(OtherClock(), sql);

    [Theory]
    [InlineData("select shop.now()")]
    [InlineData("time.UtcNow(); db.QueueNow()")]
    [InlineData("select clock.now, @now")]
    public void The_databases_time_is_allowed(string sql) => Assert.DoesNotMatch(OtherClock(), sql);

    [Theory]
    [InlineData("select 1 from a where at <= shop.now()")]
    [InlineData("delete from a where b and\n    at <= shop.now() - interval '1 day'")]
    [InlineData("select 1 from a join b on b.at > coalesce(a.at, shop.now())")]
    [InlineData("where at <= (select shop.now()) or at > shop.now()")]
    public void A_bare_call_in_a_condition_is_found(string sql) => Assert.True(IsBareInCondition(sql));

    [Theory]
    [InlineData("select shop.now()")]
    [InlineData("update a set at = shop.now() where b")]
    [InlineData("where at <= (select shop.now())")]
    [InlineData("where at <= (select shop.now() - interval '24 hours')")]
    [InlineData("where b = (select shop.response_slot(shop.now()))")]
    public void A_subquery_in_a_condition_is_not(string sql) => Assert.False(IsBareInCondition(sql));

    private static List<string> Sources()
    {
        var sources = Product.SelectMany(Solution.SourceFiles)
            .Where(file => !file.Contains("Shop.EmbeddedPostgres", StringComparison.Ordinal)).ToList();
        Assert.Contains(sources, file => file.EndsWith("roles.sql", StringComparison.Ordinal));
        return sources;
    }

    private static string Code(string file) => Comment().Replace(File.ReadAllText(file), "");

    // The keyword nearest before a call tells the clause that it stands in.
    private static bool IsBareInCondition(string source) => Call().Matches(source).Any(call =>
        Clause().Match(source, 0, call.Index) is { Success: true } clause && IsCondition().IsMatch(clause.Value));

    [GeneratedRegex(
        """
        (?<![\w.])(now|NOW|clock_timestamp|statement_timestamp|transaction_timestamp)\s*\(
        | (?<![\w.])(current_timestamp|current_date|current_time|localtimestamp|localtime)\b
        | 'now'
        """,
        RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex OtherClock();

    [GeneratedRegex(
        @"\bUtcNow\b|\bGetUtcNow\b|\bGetLocalNow\b|\bDateTime(Offset)?\.Now\b",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex HostClock();

    [GeneratedRegex(@"\bshop\.now\(\)", RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Call();

    [GeneratedRegex(
        @"\b(select|where|and|or|on|having|when|set|values|if|default|returns)\b|:=",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.RightToLeft,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex Clause();

    [GeneratedRegex(
        "^(where|and|or|on|having|when)$",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 5000)]
    private static partial Regex IsCondition();

    [GeneratedRegex(@"--.*|//.*", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Comment();
}
