using Shop.Messages;

namespace Shop.ModuleName;

internal static class ModuleNameErrors
{
    public static readonly DocumentedError<long> NotFound =
        new("modulename.not_found", 404, id => $"There is no nounname {id}.");
}
