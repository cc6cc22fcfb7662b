using Baichuan.Client;
using Baichuan.Testing.Histories;
using Baichuan.Testing.Processes;

namespace Baichuan.Chaos.Load;

/// <summary>The answers of a run without faults: in one process and uncut, which by the profile's promise gives the same bytes.</summary>
internal static class FaultFreeRun
{
    private const int AtOnce = 16;

    /// <param name="arguments">More for the server: what makes its profile another one.</param>
    /// <returns>The answers by request, and the profile that gave them.</returns>
    public static async Task<(IReadOnlyDictionary<string, ReferenceAnswer> Answers, string Profile)> RunAsync(IReadOnlyList<PlannedRequest> plan, string[] arguments, CancellationToken cancellation)
    {
        var data = Directory.CreateTempSubdirectory("baichuan-chaos-").FullName;
        var answers = new Dictionary<string, ReferenceAnswer>();
        string profile;
        await using (var server = await GatewayProcess.StartAsync(["--data", data, "--silos", "0", .. arguments]))
        {
            using var client = new BaichuanClient(new Uri(server.Address));
            profile = (await client.GetModelAsync(cancellationToken: cancellation)).ProfileId;
            await Parallel.ForEachAsync(plan, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation }, async (planned, cancel) =>
            {
                var (tokens, text, reason) = (new List<int>(), "", "");
                await foreach (var happened in client.GenerateAsync(planned.Request, cancellationToken: cancel))
                {
                    tokens.AddRange(happened.Tokens?.TokenIds ?? []);
                    text += happened.Tokens?.Text;
                    reason = happened.Finished?.Reason.ToString() ?? reason;
                }

                lock (answers)
                    answers.Add(planned.Name, ReferenceAnswer.Of(tokens, text, reason));
            });
        }

        Directory.Delete(data, recursive: true);
        return (answers, profile);
    }
}
