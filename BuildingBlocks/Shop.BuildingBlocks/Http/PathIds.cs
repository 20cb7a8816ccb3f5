using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Shop.BuildingBlocks.Http;

/// <summary>
/// Ids in a path have one form, the one that answers give them: <c>+1</c>, <c>01</c> and a UUID in braces are not
/// found. The framework's own <c>long</c> and <c>guid</c> take all that parses.
/// </summary>
internal static class PathIds
{
    public static void Apply(RouteOptions routes)
    {
        routes.SetParameterPolicy<OfNumber>("long");
        routes.SetParameterPolicy<OfUuid>("guid");
    }

    private sealed class OfNumber : Constraint
    {
        protected override bool IsId(string text) =>
            long.TryParse(text, CultureInfo.InvariantCulture, out var id)
                && text == id.ToString(CultureInfo.InvariantCulture);
    }

    // Letters may be in either case (RFC 9562, 4).
    private sealed class OfUuid : Constraint
    {
        protected override bool IsId(string text) =>
            Guid.TryParse(text, out var id) && text.Equals(id.ToString(), StringComparison.OrdinalIgnoreCase);
    }

    private abstract class Constraint : IRouteConstraint
    {
        public bool Match(
            HttpContext? httpContext,
            IRouter? route,
            string routeKey,
            RouteValueDictionary values,
            RouteDirection routeDirection) =>
            values.TryGetValue(routeKey, out var value)
                && IsId(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");

        protected abstract bool IsId(string text);
    }
}
