using System.Text.RegularExpressions;
using Xunit;

namespace Shop.Tests.Architecture;

/// <summary>
/// Behind a pooler in transaction mode, what a statement leaves in its session is lost, or another host meets it.
/// </summary>
public sealed partial class SessionStateTests
{
    // The first brings sessions to the shop's settings, the second finds out whether prepared statements are kept.
    private static readonly string[] OnPurpose = ["PooledSessions.cs", "PreparedStatements.cs"];

    [Fact]
    public void Nothing_is_left_in_a_session()
    {
        var sources = ((string[])["BuildingBlocks", "Modules", "Host"]).SelectMany(Solution.SourceFiles)
            .Where(file => !file.Contains("Shop.EmbeddedPostgres", StringComparison.Ordinal)).ToList();
        Assert.Contains(sources, file => file.EndsWith("Migrator.cs", StringComparison.Ordinal));
        var found = sources.Where(file => LeavesSomething(File.ReadAllText(file))).Select(Path.GetFileName);
        Assert.Equal(OnPurpose, found.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("select pg_advisory_lock(1)")]
    [InlineData("select pg_try_advisory_lock_shared(hashtext('a'))")]
    [InlineData("select pg_advisory_unlock_all()")]
    [InlineData("const string Lift = \"set lock_timeout = 0; set local jit = off\";")]
    [InlineData("set local jit = off; SET SESSION lock_timeout TO 0")]
    [InlineData("\"\"\"\n    set role shop_owner\n\"\"\"")]
    [InlineData("-- Faster.\nset work_mem = '1GB';\ncreate index a on b (c);")]
    [InlineData("select set_config('lock_timeout', '1s', false)")]
    [InlineData("select set_config(name, format('%s', value), FALSE) from s")]
    [InlineData("\"listen orders\"")]
    [InlineData("\"unlisten *\"")]
    [InlineData("create temp table a (b int)")]
    [InlineData("create temporary view a as select 1")]
    [InlineData("select 1 into temp a")]
    [InlineData("\"declare c no scroll cursor with hold for select 1\"")]
    [InlineData("\"discard all\"")]
    [InlineData("\"select 1; reset statement_timeout\"")]
    [InlineData("\"prepare a as select 1\"")]
    [InlineData("await command.PrepareAsync(ct);")]
    public void What_stays_in_a_session_is_found(string source) => Assert.True(LeavesSomething(source));

    [Theory]
    [InlineData("select pg_advisory_xact_lock(1), pg_try_advisory_xact_lock(2)")]
    [InlineData("\"set local lock_timeout = 0; set local statement_timeout = 0\"")]
    [InlineData("\"set transaction read only; set constraints all deferred\"")]
    [InlineData("update a\nset b = 1")]
    [InlineData("alter table a set (fillfactor = 50);")]
    [InlineData("create function a() returns int language sql set search_path = pg_catalog as $$ select 1 $$;")]
    [InlineData("select set_config('lock_timeout', '1s', true)")]
    [InlineData("// Listen to what is said.")]
    [InlineData("do $$ declare doomed record; begin end $$")]
    public void What_ends_with_its_transaction_is_not(string source) => Assert.False(LeavesSomething(source));

    private static bool LeavesSomething(string source) =>
        Functions().IsMatch(source) || Statements().IsMatch(Comment().Replace(source, ""));

    // The migrator has a PrepareAsync of its own.
    [GeneratedRegex(
        """
        \bpg_(try_)?advisory_(un)?lock
        | \bset_config\((?:[^()]|\([^()]*\))*,\s*false\s*\)
        | \bcreate\s+(local\s+|global\s+)?temp(orary)?\s
        | \binto\s+temp(orary)?\s
        | (?<!migrator(>\(\))?)\.Prepare(Async)?\(
        """,
        Options, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Functions();

    // A statement begins where a text does, or behind another. Several assignments are the rest of an UPDATE.
    [GeneratedRegex(
        """
        (^|[;"])\s*(
            set\s+(?!local\b|transaction\b|constraints\b)(?![^;"]*,\s*[a-z_]+\s*=)
                (session\s+)?[a-z_.]+\s*(=|to\b|[a-z_]+\s*($|[;"\n]))
            | (un)?listen\s+[a-z_*]+
            | declare\s+\w+\s[^;"]*\bcursor\b
            | discard\s+(all|plans|temp|sequences)\b
            | reset\s+\w+
            | prepare\s+\w+\s+(as|\())
        """,
        Options, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Statements();

    [GeneratedRegex(@"--.*|//.*", RegexOptions.None, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Comment();

    private const RegexOptions Options =
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.IgnorePatternWhitespace;
}
