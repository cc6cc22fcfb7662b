using Baichuan.Cli.Bench.Load;
using Baichuan.V1;
using Grpc.Core;

namespace Baichuan.Cli.Tests.Bench.Reporting;

/// <summary>Requests that are over; times in milliseconds.</summary>
internal static class Records
{
    /// <param name="gap">Between all tokens after the first.</param>
    public static RequestRecord Completed(double due, double sent, double first, double gap, int tokens)
    {
        var record = new RequestRecord(At(due), At(sent));
        for (var i = 0; i < tokens; i++)
            record.OnTokens(At(first + i * gap));
        record.OnFinished(new GenerationFinished { Reason = FinishReason.Length, Usage = new Usage { PromptTokens = 10, CachedTokens = 4, CompletionTokens = tokens } });
        record.OnEnded(At(first + (tokens - 1) * gap));
        return record;
    }

    public static RequestRecord Ended(StatusCode status, string detail, double sent = 0, double end = 0)
    {
        var record = new RequestRecord(At(sent), At(sent));
        record.OnStatus(new Status(status, detail));
        record.OnEnded(At(end));
        return record;
    }

    public static TimeSpan At(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
