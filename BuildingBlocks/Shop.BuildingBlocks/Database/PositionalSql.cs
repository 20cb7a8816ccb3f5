using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Npgsql;

namespace Shop.BuildingBlocks.Database;

/// <summary>
/// A statement with its parameters by position (<c>$1</c>), as PostgreSQL takes it. The driver parses one with names
/// at each execution. Escape strings, dollar quotes and block comments are not known here.
/// </summary>
/// <param name="Names">In the order of their positions.</param>
internal sealed partial record PositionalSql(string Text, IReadOnlyList<string> Names)
{
    private static readonly ConcurrentDictionary<string, PositionalSql> Known = new();

    /// <param name="sql">A constant of the program: each text is kept.</param>
    public static PositionalSql Of(string sql) => Known.GetOrAdd(sql, static text =>
    {
        var names = new List<string>();
        var positional = Token.Replace(text, token =>
        {
            if (!token.Groups["name"].Success)
                return token.Value;
            var name = token.Groups["name"].Value;
            if (!names.Contains(name))
                names.Add(name);
            return $"${names.IndexOf(name) + 1}";
        });
        return new PositionalSql(positional, names);
    });

    public NpgsqlBatchCommand ToBatchCommand((string Name, object Value)[] parameters)
    {
        var command = new NpgsqlBatchCommand(Text);
        for (var i = 0; i < Names.Count; i++)
            command.Parameters.Add(new NpgsqlParameter { Value = ValueOf(parameters, i) });
        return command;
    }

    // Most often the parameters are given in the order of the statement.
    private object ValueOf((string Name, object Value)[] parameters, int position)
    {
        var name = Names[position];
        if (position < parameters.Length && parameters[position].Name == name)
            return parameters[position].Value;
        foreach (var (given, value) in parameters)
        {
            if (given == name)
                return value;
        }

        throw new InvalidOperationException($"The statement has a parameter {name} that is not given: {Text}");
    }

    // Strings, quoted names and comments are taken whole. A parameter's name may stand in them.
    [GeneratedRegex(
        """'[^']*'|"[^"]*"|--[^\n]*|@(?<name>[A-Za-z_]\w*)""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Token { get; }
}
