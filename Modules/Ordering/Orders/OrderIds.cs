using System.Buffers.Binary;

namespace Shop.Ordering.Orders;

/// <summary>Ids are UUIDv7 of the time of ordering, so that a time is a place among them.</summary>
internal static class OrderIds
{
    private const long Last = (1L << 48) - 1;

    /// <summary>No id of this time or later is smaller; of no time, no id at all.</summary>
    public static Guid First(DateTimeOffset? time) => Of(time?.ToUnixTimeMilliseconds() ?? 0);

    /// <summary>All ids of before this time are smaller; of no time, all ids.</summary>
    public static Guid Behind(DateTimeOffset? time) => Of(time?.ToUnixTimeMilliseconds() + 1 ?? Last);

    private static Guid Of(long milliseconds)
    {
        Span<byte> bytes = stackalloc byte[16];
        bytes.Clear();
        BinaryPrimitives.WriteInt64BigEndian(bytes, Math.Clamp(milliseconds, 0, Last) << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
