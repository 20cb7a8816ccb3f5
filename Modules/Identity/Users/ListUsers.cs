using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Identity;

namespace Shop.Identity.Users;

/// <param name="Email">A part of the e-mail, whatever its case; all accounts without it.</param>
internal sealed record ListUsers(string? Email, PageRequest Page) : IQuery<Page<UserView>>, IReplicaQuery;

internal static class ListUsersEndpoint
{
    public static void MapListUsers(this IEndpointRouteBuilder users) => users
        .MapGet("", async (
            [Description("A part of the e-mail, without case."), MaxLength(AccountRules.MaxEmailLength)] string? email,
            [AsParameters] PageRequest page, IMediator mediator, CancellationToken ct) =>
            TypedResults.Ok(await mediator.Send(new ListUsers(email, page), ct)))
        .Needs(Permissions.UsersRead)
        .WithName(nameof(ListUsers))
        .WithSummary("Accounts, newest first");
}

internal sealed class ListUsersValidator : AbstractValidator<ListUsers>
{
    public ListUsersValidator() => RuleFor(query => query.Email).MaximumCharacters(AccountRules.MaxEmailLength);
}

internal sealed class ListUsersHandler(Db db, Cursors cursors, ILookupNormalizer normalizer)
    : IRequestHandler<ListUsers, Page<UserView>>
{
    // strpos, not LIKE: % and _ are characters like any other, and _ is common in e-mails.
    private const string SelectUsers = $"""
        {UserView.Select}
        where (@after::bigint is null or user_id < @after)
            and (@part::text is null or strpos(normalized_email, @part) > 0)
        order by user_id desc limit @limit
        """;

    private sealed record After(long UserId);

    public async Task<Page<UserView>> Handle(ListUsers request, CancellationToken cancellationToken)
    {
        var part = request.Email is null ? null : normalizer.NormalizeEmail(AccountRules.ToEmail(request.Email));
        var list = $"users/{part}";
        var after = cursors.Read<After>(list, request.Page)?.UserId;
        var users = await db.QueryAsync<UserView>(
            SelectUsers, new { after, part, limit = request.Page.Size + 1 }, cancellationToken);
        return cursors.Page(list, request.Page, users, last => new After(last.UserId));
    }
}
