using System.Diagnostics;

namespace Baichuan.Testing.Hostility;

/// <summary>What came of a number of hostile requests.</summary>
internal sealed class HostileReport
{
    /// <summary>Answers that there should not be, a line each.</summary>
    public List<string> Wrong { get; } = [];

    /// <summary>How often there was which status, by what was wrong with the request.</summary>
    public SortedDictionary<string, int> Statuses { get; } = new(StringComparer.Ordinal);

    /// <summary>Milliseconds from a request to its status, of those that were refused.</summary>
    public List<double> Milliseconds { get; } = [];

    public int Accepted { get; private set; }

    /// <summary>Sends requests and, between them, asks a good one.</summary>
    /// <param name="isRight">Sends a good request and says whether its answer was right.</param>
    /// <param name="every">After how many requests.</param>
    public static async Task<HostileReport> RunAsync(HostileClient client, int seed, int count, int every, Func<Task<bool>> isRight)
    {
        var report = new HostileReport();
        for (var i = 0; i < count; i++)
        {
            var request = HostileRequests.Make(seed, i);
            var sent = Stopwatch.GetTimestamp();
            var answer = await client.SendAsync(request);
            report.Add(seed, i, request, answer, Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
            if ((i % every == every - 1 || i == count - 1) && !await isRight())
                report.Wrong.Add($"seed {seed}, {i}: {request.Kind}: the good request after it had another answer");
        }

        return report;
    }

    private void Add(int seed, int index, HostileRequest request, HostileAnswer answer, double milliseconds)
    {
        var name = $"{request.Kind}: {answer.Status}";
        Statuses[name] = Statuses.GetValueOrDefault(name) + 1;
        if (answer.IsAccepted)
            Accepted++;
        else
            Milliseconds.Add(milliseconds);
        if (answer.Wrong is { } wrong)
            Wrong.Add($"seed {seed}, {index}: {request.Kind} to {request.Target[..Math.Min(60, request.Target.Length)]}: {wrong}");
    }
}
