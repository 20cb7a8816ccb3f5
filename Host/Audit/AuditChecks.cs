using Shop.BuildingBlocks;
using Shop.BuildingBlocks.Audit;

namespace Shop.Host.Audit;

/// <summary>All checks of the audit: each module's own, then those between modules.</summary>
internal sealed class AuditChecks(IEnumerable<IModule> modules)
{
    public IReadOnlyList<AuditCheck> All { get; } =
        Distinct(
        [
            .. modules.SelectMany(module => module.Checks),
            .. CrossModuleChecks.All,
            SalesCheck.Check,
            PersonalDataCheck.Check,
        ]);

    private static AuditCheck[] Distinct(AuditCheck[] checks)
    {
        var twice = checks.CountBy(check => check.Name).FirstOrDefault(name => name.Value > 1).Key;
        return twice is null ? checks : throw new InvalidOperationException($"Two audit checks are named {twice}.");
    }
}
