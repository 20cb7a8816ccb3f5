using System.Collections.Concurrent;
using Xunit;

namespace Shop.AttackTests.Testing;

/// <summary>Counts answers by status code; 0 stands for a connection that ended without an answer.</summary>
internal sealed class Tally
{
    public const int NoAnswer = 0;

    private readonly ConcurrentDictionary<int, int> answers = new();

    public int Total => answers.Values.Sum();

    public int this[int status] => answers.GetValueOrDefault(status);

    public void Count(int status) => answers.AddOrUpdate(status, 1, (_, count) => count + 1);

    /// <summary>Fails the test where there was any other answer.</summary>
    public void AssertOnly(params int[] statuses) =>
        Assert.True(answers.Keys.All(statuses.Contains), $"Only {string.Join(", ", statuses)} were expected: {this}");

    public override string ToString()
    {
        var counts = answers.OrderBy(answer => answer.Key).Select(answer => $"{answer.Value} × {answer.Key}");
        return $"{Total} answers: {string.Join(", ", counts)}";
    }
}
