using Baichuan.Benchmarks.Serving;

namespace Baichuan.Benchmarks.Overload;

/// <summary>What makes a request count: somebody who reads along waits at most 5 s for the first word, and then gets them at 5 a second, which is reading pace, or
/// faster.</summary>
internal static class ServiceLevel
{
    public static readonly TimeSpan MostToFirstToken = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan MostPerToken = TimeSpan.FromMilliseconds(200);

    public static bool IsMetBy(TimedRequest request) => request.IsWhole && request.ToFirstToken <= MostToFirstToken && request.TimePerToken <= MostPerToken;
}
