using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Shop.Bench.Load;

/// <summary>
/// The generator's own process: a closed loop on each connection, a thread for each. It says "begin" and "end" around
/// the measured window, so that whoever started it reads the processes' counters there, and then what it found.
/// </summary>
internal sealed class LoadGenerator(LoadPlan plan)
{
    public const string Verb = "load";
    public const string Begin = "begin";
    public const string End = "end";

    private readonly ConcurrentDictionary<string, long> errors = new();
    private readonly Latencies latencies = new();
    private long worst;
    private long requests;
    private volatile bool measuring;
    private volatile bool stopping;

    public static async Task<int> RunAsync(TextReader input, TextWriter output)
    {
        var plan = LoadPlan.FromJson((await input.ReadLineAsync())!);
        var result = new LoadGenerator(plan).Run(output);
        await output.WriteLineAsync(result.ToJson());
        return 0;
    }

    private LoadResult Run(TextWriter output)
    {
        var threads = Enumerable.Range(0, plan.Connections)
            .Select(connection => new Thread(() => Shop(connection), maxStackSize: 256 * 1024))
            .ToList();
        threads.ForEach(thread => thread.Start());
        Thread.Sleep(TimeSpan.FromSeconds(plan.WarmUpSeconds));

        var cpu = Environment.CpuUsage.TotalTime;
        var watch = Stopwatch.StartNew();
        measuring = true;
        Say(output, Begin);
        Thread.Sleep(TimeSpan.FromSeconds(plan.Seconds));
        measuring = false;
        var seconds = watch.Elapsed.TotalSeconds;
        cpu = Environment.CpuUsage.TotalTime - cpu;
        Say(output, End);

        stopping = true;
        threads.ForEach(thread => thread.Join());
        return new LoadResult(
            latencies.Count, requests, seconds, latencies.Quantile(0.50), latencies.Quantile(0.95),
            latencies.Quantile(0.99), worst / 1000.0, errors, cpu.TotalMilliseconds);
    }

    private static void Say(TextWriter output, string word)
    {
        output.WriteLine(word);
        output.Flush();
    }

    private void Shop(int connection)
    {
        using var line = new Connection(plan.Ports[connection % plan.Ports.Count]);
        var shopper = Shoppers.Create(plan, connection);
        var mine = new Latencies();
        long sent = 0, longest = 0, started = Stopwatch.GetTimestamp();
        while (!stopping)
        {
            var status = line.Send(shopper.Next());
            var good = status is >= 200 and < 300;
            var done = !good || shopper.Take(line.Body);
            if (measuring)
                sent++;
            if (!good)
            {
                shopper.GiveUp();
                // Also in the warm-up: no error is to go unseen.
                errors.AddOrUpdate(Describe(status, line.Body), 1, (_, count) => count + 1);
            }

            if (!done)
                continue;
            var now = Stopwatch.GetTimestamp();
            if (measuring && good)
            {
                var microseconds = (long)Stopwatch.GetElapsedTime(started, now).TotalMicroseconds;
                mine.Add(microseconds);
                longest = Math.Max(longest, microseconds);
            }

            started = now;
        }

        lock (latencies)
        {
            latencies.Add(mine);
            requests += sent;
            worst = Math.Max(worst, longest);
        }
    }

    private static string Describe(int status, ReadOnlySpan<byte> body)
    {
        if (status == 0)
            return "connection lost";
        var at = body.IndexOf("\"code\":\""u8);
        if (at < 0)
            return status.ToString(CultureInfo.InvariantCulture);
        var code = body[(at + "\"code\":\"".Length)..];
        return string.Create(
            CultureInfo.InvariantCulture, $"{status} {Encoding.UTF8.GetString(code[..code.IndexOf((byte)'"')])}");
    }
}
