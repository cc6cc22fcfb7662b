namespace Baichuan.Server.Bench;

/// <summary>What bench-memory measured with a number of threads, and streams of each: GB/s (10^9 bytes) of all threads together.</summary>
internal sealed record MemoryRow(int Threads, int Streams, Spread GigabytesPerSecond);
