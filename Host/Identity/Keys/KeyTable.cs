using System.Xml.Linq;
using Dapper;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Npgsql;
using Shop.BuildingBlocks;

namespace Shop.Host.Identity.Keys;

/// <summary>The keys of Data Protection, in the database: tokens and cursors outlive a restart and are good on every host.</summary>
internal sealed class KeyTable(NpgsqlDataSource source, TimeProvider time) : IXmlRepository
{
    private const string SelectKeys = "select xml from identity.data_protection_keys order by key_id";

    private const string InsertKey = "insert into identity.data_protection_keys (name, xml, created_at) values (@friendlyName, @xml, @now)";

    public IReadOnlyCollection<XElement> GetAllElements()
    {
        using var connection = source.OpenConnection();
        return connection.Query<string>(SelectKeys).Select(xml => XElement.Parse(xml)).ToList();
    }

    public void StoreElement(XElement element, string friendlyName)
    {
        using var connection = source.OpenConnection();
        connection.Execute(InsertKey, new { friendlyName, xml = element.ToString(SaveOptions.DisableFormatting), now = time.UtcNow() });
    }
}
