using Shop.BuildingBlocks.Audit;

namespace Shop.Host.Audit;

/// <summary>
/// E-mails and names of users stand in identity's tables alone, so that an erasure there is one. Looked at is what the
/// shop writes by itself; texts that people write (names of products, reasons) can hold anything.
/// </summary>
internal static class PersonalDataCheck
{
    /// <summary>Columns that the shop fills by itself, JSON first.</summary>
    public static readonly IReadOnlyList<(string Table, string Column, bool IsJson)> Columns =
    [
        ("ordering.deliveries", "envelope", true),
        ("webhooks.deliveries", "envelope", true),
        .. Schemas.Select(schema => ($"{schema}.outbox", "payload", true)),
        .. Schemas.Select(schema => ($"{schema}.outbox_failures", "payload", true)),
        .. Schemas.Select(schema => ($"{schema}.outbox_failures", "last_error", false)),
        ("ordering.deliveries", "last_error", false),
        ("webhooks.deliveries", "last_error", false),
    ];

    private const string Email = """'[a-z0-9.!#$%&''*+/=?^_`{|}~-]+@[a-z0-9.-]+[a-z0-9]'""";

    private static string[] Schemas => ["catalog", "coupons", "ordering", "payments", "ranking", "wallet", "webhooks"];

    public static AuditCheck Check { get; } = new(
        "shop.personal-data-in-identity",
        "Users' e-mails and names stand in identity's tables alone.",
        string.Join("\nunion all\n", [
            .. Columns.Select(column => OfEmails(column.Table, column.Column)),
            .. Columns.Where(column => column.IsJson).Select(column => OfNames(column.Table, column.Column)),
        ]));

    private static string OfEmails(string table, string column) => $"""
        select format('{table}.{column}: the e-mail of user %s', u.user_id)
        from {table} t
        cross join lateral regexp_matches(lower(t.{column}::text), {Email}, 'g') as m (found)
        join identity.users u on u.normalized_email = upper(m.found[1])
        """;

    // The name of the user whose number is beside it, in a member that is not known to hold other words: those of the
    // shop, and of products.
    private static string OfNames(string table, string column) => $$"""
        select format('{{table}}.{{column}}: the name of user %s in %s', u.user_id, member ->> 'key')
        from {{table}} t
        cross join lateral (select t.{{column}}::jsonb #- '{items}' #- '{order,items}' as document) d
        cross join lateral jsonb_path_query(d.document, '$.**.userId ? (@.type() == "number")') as named (number)
        join identity.users u on u.user_id = (named.number #>> '{}')::numeric
        cross join lateral jsonb_path_query(d.document, '$.** ? (@.type() == "object").keyvalue()') as member
        where member ->> 'value' = u.name and member ->> 'key' not in ('type', 'status', 'cancelReason', 'reason')
        """;
}
