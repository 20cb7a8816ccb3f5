using Xunit;

namespace Shop.Tests.Architecture;

public sealed class ProjectReferenceTests
{
    private static readonly string[] Shared = ["Shop.BuildingBlocks", "Shop.EmbeddedPostgres", "Shop.Messages"];

    [Fact]
    public void Projects_reference_what_their_kind_may()
    {
        var projects = Solution.Projects();
        Assert.True(projects.Keys.Count(IsModule) >= 4);
        Assert.True(projects.Keys.Count(IsContracts) >= 3);

        Assert.Empty(projects.SelectMany(project => Violations(project.Key, project.Value)));
    }

    [Theory]
    [InlineData("Shop.Ordering", "Shop.Catalog")]
    [InlineData("Shop.Ordering", "Shop.Host")]
    [InlineData("Shop.Ordering", "Shop.EmbeddedPostgres")]
    [InlineData("Shop.Ordering.Contracts", "Shop.BuildingBlocks")]
    [InlineData("Shop.Ordering.Contracts", "Shop.Wallet.Contracts")]
    [InlineData("Shop.BuildingBlocks", "Shop.Wallet.Contracts")]
    [InlineData("Shop.EmbeddedPostgres", "Shop.BuildingBlocks")]
    [InlineData("Shop.Chaos", "Shop.Ordering.Contracts")]
    [InlineData("Shop.Client", "Shop.Messages")]
    public void A_reference_across_a_boundary_is_found(string project, string reference) =>
        Assert.Single(Violations(project, [reference]));

    private static IEnumerable<string> Violations(string project, IReadOnlyList<string> references) =>
        references.Where(reference => !May(project, reference))
            .Select(reference => $"{project} references {reference}");

    private static bool May(string project, string reference) => project switch
    {
        "Shop.Host" or "Shop.Bench" => true,
        "Shop.Messages" or "Shop.EmbeddedPostgres" => false,
        "Shop.BuildingBlocks" => reference == "Shop.Messages",
        "Shop.Client" or "Shop.ClientGenerator" => false,
        "Shop.Chaos" =>
            reference is "Shop.Client" or "Shop.EmbeddedPostgres" or "Shop.Host" or "Shop.HostProcesses",
        "Shop.Failover" =>
            reference is "Shop.Client" or "Shop.Chaos" or "Shop.Host" or "Shop.HostProcesses",
        "Shop.HostProcesses" => reference == "Shop.Host",
        _ when project.EndsWith("Tests", StringComparison.Ordinal) => true,
        _ when IsContracts(project) => reference == "Shop.Messages",
        _ => reference == "Shop.BuildingBlocks" || IsContracts(reference),
    };

    private static bool IsContracts(string project) => project.EndsWith(".Contracts", StringComparison.Ordinal);

    private static bool IsModule(string project) =>
        !Shared.Contains(project)
            && project is not ("Shop.Host" or "Shop.Bench" or "Shop.Chaos" or "Shop.Failover" or "Shop.HostProcesses")
            && project is not ("Shop.Client" or "Shop.ClientGenerator")
        && !IsContracts(project) && !project.EndsWith("Tests", StringComparison.Ordinal);
}
