using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

/// <summary>
/// A gauge inside the measured host, so that the product needs none for the bench: .NET runs it before the program
/// where DOTNET_STARTUP_HOOKS names this assembly. A connection to its port gets the bytes allocated and the number of
/// commands that Npgsql has sent.
/// </summary>
#pragma warning disable CA1050, MA0047 // .NET looks for exactly this name, in no namespace.
internal static class StartupHook
#pragma warning restore CA1050, MA0047
{
    public const string PortVariable = "SHOP_BENCH_GAUGE_PORT";

    private static long commands;

    public static void Initialize()
    {
        var port = int.Parse(Environment.GetEnvironmentVariable(PortVariable)!, CultureInfo.InvariantCulture);
        CountCommands();
        var door = new TcpListener(IPAddress.Loopback, port);
        door.Start();
        new Thread(() => Answer(door)) { IsBackground = true, Name = "bench gauge" }.Start();
    }

    // A batch is one command. BEGIN rides along with the first; a COMMIT of its own is not among them.
    private static void CountCommands()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument is
                    {
                        Meter.Name: "Npgsql", Name: "db.client.operation.duration"
                    or "db.client.commands.duration"
                    })
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref commands));
        listener.Start();
    }

    private static void Answer(TcpListener door)
    {
        while (true)
        {
            using var guest = door.AcceptSocket();
            var line = string.Create(
                CultureInfo.InvariantCulture,
                $"{GC.GetTotalAllocatedBytes()} {Interlocked.Read(
                    ref commands)} {GC.CollectionCount(0)} {GC.CollectionCount(2)}\n");
            guest.Send(Encoding.ASCII.GetBytes(line));
        }
    }
}
