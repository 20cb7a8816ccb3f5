using System.Linq.Expressions;
using System.Reflection;
using System.Text.Json;

namespace Shop.Client;

/// <summary>A body in which a member that is null differs from one that is not there.</summary>
public interface IHasNulls
{
    /// <summary>Members beside the typed ones.</summary>
    IDictionary<string, object> AdditionalProperties { get; }
}

/// <summary>Nulls that are meant.</summary>
public static class Changes
{
    /// <summary>
    /// Sends this member as null, which takes away what stands there. A typed member that is null is not sent, so that
    /// what stands there stays.
    /// </summary>
    /// <param name="member">Such as <c>change => change.Description</c>.</param>
    public static TBody Clear<TBody>(this TBody body, Expression<Func<TBody, object?>> member)
        where TBody : IHasNulls
    {
        var named = (member.Body is UnaryExpression boxed ? boxed.Operand : member.Body) as MemberExpression
            ?? throw new ArgumentException("It names no member of the body.", nameof(member));
        // Else it would be sent twice.
        (named.Member as PropertyInfo)?.SetValue(body, null);
        body.AdditionalProperties[JsonNamingPolicy.CamelCase.ConvertName(named.Member.Name)] = null!;
        return body;
    }
}

public partial class ChangeCategoryRequest : IHasNulls;

public partial class ChangeCouponRequest : IHasNulls;

public partial class ChangeProductRequest : IHasNulls;

public partial class ChangeUserRequest : IHasNulls;

public partial class ChangeWebhookRequest : IHasNulls;

public partial class CreateProductRequest : IHasNulls;
