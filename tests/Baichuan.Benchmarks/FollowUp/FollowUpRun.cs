using Baichuan.Benchmarks.Measuring;
using Baichuan.Benchmarks.Serving;
using Baichuan.V1;

namespace Baichuan.Benchmarks.FollowUp;

/// <summary>Sessions of two turns, one after another on an idle cluster: a long question, then a short one.</summary>
internal static class FollowUpRun
{
    private const double MostOfFirst = 0.25;
    private const int AnswerTokens = 16;
    private const int FollowUpWords = 8;
    private const int WarmUps = 2;

    public static async Task<int> RunAsync(ClusterShape shape, int history, int sessions, FileInfo? json, CancellationToken cancellation)
    {
        await using var cluster = await ServedCluster.StartAsync(shape);
        var report = new Report("follow-up", Console.Out);
        var turns = new List<(TimedRequest First, TimedRequest FollowUp)>();
        for (var number = 0; number < WarmUps + sessions; number++)
        {
            var session = (await cluster.Clients[0].CreateSessionAsync(cancellation)).SessionId;
            var first = await AskAsync(cluster, session, await QuestionAsync(cluster, number, history, cancellation), cancellation);
            var followUp = await AskAsync(cluster, session, Words(new Random(-1 - number), FollowUpWords), cancellation);
            await cluster.Clients[0].DeleteSessionAsync(session, cancellation);
            if (number >= WarmUps)
                turns.Add((first, followUp));
        }

        report.Note($"sessions of two turns; median (least to greatest) of {sessions}");
        report.Add("prompt of the first turn", "tokens", new Spread(turns.Select(turn => (double)turn.First.PromptTokens)), "F0");
        report.Add("prompt of the follow-up", "tokens", new Spread(turns.Select(turn => (double)turn.FollowUp.PromptTokens)), "F0");
        report.Add("of that cached", "tokens", new Spread(turns.Select(turn => (double)turn.FollowUp.CachedTokens)), "F0");
        report.Add("first token of the first turn", "ms", new Spread(turns.Select(turn => Milliseconds(turn.First))), "F0");
        report.Add("first token of the follow-up", "ms", new Spread(turns.Select(turn => Milliseconds(turn.FollowUp))), "F0");
        var ratios = new Spread(turns.Select(turn => Milliseconds(turn.FollowUp) / Milliseconds(turn.First)));
        report.Add("follow-up by first turn", "", ratios, "F3");
        report.Require(new PassLine("median of follow-up by first turn", ratios.Median, MostOfFirst, AtMost: true));
        return report.Conclude(json);
    }

    private static async Task<TimedRequest> AskAsync(ServedCluster cluster, string session, string question, CancellationToken cancellation)
    {
        var turn = new TimedRequest();
        await turn.RunAsync(
            cluster.Clients[0],
            new ChatRequest
            {
                SessionId = session,
                Messages = { new ChatMessage { Role = Role.User, Content = question } },
                Sampling = TimedRequest.SamplingFor(AnswerTokens),
            },
            cancellation);
        return turn;
    }

    /// <summary>Made-up words that are about as many tokens.</summary>
    private static async Task<string> QuestionAsync(ServedCluster cluster, int seed, int tokens, CancellationToken cancellation)
    {
        var random = new Random(seed);
        var text = Words(random, tokens / 4);
        while ((await cluster.Clients[0].TokenizeAsync(text, cancellationToken: cancellation)).Count < tokens)
            text = $"{text} {Words(random, 8)}";
        return text;
    }

    private static string Words(Random random, int count) =>
        string.Join(' ', Enumerable.Range(0, count).Select(_ => new string([.. Enumerable.Range(0, random.Next(2, 9)).Select(_ => (char)('a' + random.Next(26)))])));

    private static double Milliseconds(TimedRequest turn) => turn.ToFirstToken!.Value.TotalMilliseconds;
}
