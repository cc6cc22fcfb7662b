using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Baichuan.Compute.Channels;
using Baichuan.Testing.Certificates;

namespace Baichuan.Benchmarks.ChannelCost;

/// <summary>Two ranks on threads of their own, tied as those of two processes are, twice: in the clear, and under TLS.</summary>
internal static class ChannelCostRun
{
    private const int WarmUp = 500;
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(400);

    public static async Task<int> RunAsync(IReadOnlyList<int> sizes, int rounds, TextWriter output)
    {
        using var authority = new TestAuthority("benchmark").Issue("rank");
        var identity = TlsIdentity.Read(authority.CertificateFile, authority.KeyFile, authority.AuthorityFile);
        var tls = new ChannelTls(
            () => identity.AsServer((_, _, _, errors) => TlsIdentity.Accepts(errors)), () => identity.AsClient((_, _, _, errors) => TlsIdentity.Accepts(errors)));
        var (clear, secure) = (await ConnectAsync(null), await ConnectAsync(tls));
        var step = 0UL;
        await output.WriteLineAsync($"us an all-reduce, median (least to greatest) of {rounds} rounds in turn");
        foreach (var values in sizes)
        {
            Measure(clear, values, WarmUp, ref step);
            var repeats = Math.Max(20, (int)(RoundTime / Measure(clear, values, WarmUp, ref step)));
            Measure(secure, values, WarmUp, ref step);
            var (without, with) = (new double[rounds], new double[rounds]);
            for (var round = 0; round < rounds; round++)
            {
                without[round] = Measure(clear, values, repeats, ref step).TotalMicroseconds;
                with[round] = Measure(secure, values, repeats, ref step).TotalMicroseconds;
            }

            await output.WriteLineAsync($"{values,8} values: in the clear {Text(without)}, under TLS {Text(with)}");
        }

        foreach (var peers in clear.Concat(secure))
            peers.Dispose();
        return 0;
    }

    private static async Task<ShardPeers[]> ConnectAsync(ChannelTls? tls)
    {
        DataListener[] listeners = [new(IPAddress.Loopback, 0, tls), new(IPAddress.Loopback, 0, tls)];
        var order = new PeerConnectOrder
        {
            ReplicaId = "benchmark",
            Epoch = 1,
            Secret = RandomNumberGenerator.GetBytes(32),
            ShardIndex = 0,
            TensorParallel = 2,
            PipelineParallel = 1,
            Endpoints = [.. listeners.Select(listener => listener.Endpoint.ToString())],
            StepTimeout = TimeSpan.FromMinutes(1),
        };
        var peers = await Task.WhenAll(listeners.Select((listener, rank) => RemotePeers.ConnectAsync(listener, order with { ShardIndex = rank }, CancellationToken.None)));
        foreach (var listener in listeners)
            listener.Dispose();
        return peers;
    }

    /// <summary>Mean time of one.</summary>
    private static TimeSpan Measure(ShardPeers[] peers, int values, int repeats, ref ulong step)
    {
        var first = step + 1;
        step += (ulong)repeats;
        var other = new Thread(() => Reduce(peers[1]));
        var started = Stopwatch.GetTimestamp();
        other.Start();
        Reduce(peers[0]);
        other.Join();
        return Stopwatch.GetElapsedTime(started) / repeats;

        void Reduce(ShardPeers mine)
        {
            var part = new float[values];
            for (var i = 0UL; i < (ulong)repeats; i++)
            {
                mine.BeginStep(1, first + i);
                mine.AllReduce(part);
            }
        }
    }

    private static string Text(double[] times)
    {
        Array.Sort(times);
        return $"{times[times.Length / 2]:F1} ({times[0]:F1} to {times[^1]:F1})";
    }
}
