using System.Xml.Linq;
using Dapper;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Shop.Identity.Keys;

/// <summary>
/// The keys of Data Protection, in the database: tokens and cursors outlive a restart and are good on every host.
/// </summary>
internal sealed class KeyTable(NpgsqlDataSource source, IOptions<DatabaseOptions> options) : IXmlRepository
{
    private const string SelectKeys = "select xml from identity.data_protection_keys order by key_id";

    private const string InsertKey = """
        insert into identity.data_protection_keys (name, xml, created_at)
        values (@friendlyName, @xml, (select shop.now()))
        """;

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = source.OpenConnection();
        return connection.Query<string>(SelectKeys).Select(xml => XElement.Parse(xml)).ToList();
    }

    // Once in 90 days: the framework asks for it without waiting asynchronously.
    public void StoreElement(XElement element, string friendlyName) =>
        StoreAsync(friendlyName, element.ToString(SaveOptions.DisableFormatting)).GetAwaiter().GetResult();

    // A key that a failover would lose must not seal anything: it is committed as commands are.
    private async Task StoreAsync(string friendlyName, string xml)
    {
        await using var db = new Db(source, options);
        await db.BeginAsync(CancellationToken.None);
        db.QueueWrite(InsertKey, 1, ("friendlyName", friendlyName), ("xml", xml));
        await db.CommitAsync(CancellationToken.None);
    }
}
