using System.Text.Json;
using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>The demo checkpoint against its own golden file: the likeliest first tokens, and the greedy answers.</summary>
public sealed class DemoModelTests
{
    private const float LogitTolerance = 1e-3f;

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "demo");

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public void Answers_are_those_of_the_golden_file(int tensorParallel, int pipelineParallel)
    {
        using var checkpoint = ModelCheckpoint.Open(Folder);
        using var pool = new ComputePool(2);
        using var runner = new ShardGroupRunner(new CpuExecutorFactory(pool), checkpoint, tensorParallel, pipelineParallel, Options);
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "golden.json")));
        foreach (var golden in json.RootElement.GetProperty("cases").EnumerateArray())
        {
            var (prompt, greedy) = (Integers(golden.GetProperty("prompt")), Integers(golden.GetProperty("greedy")));
            runner.Admit(0, prompt);
            runner.Chunk(0, 0, prompt.Length, ChunkFlags.Sample | ChunkFlags.Logits);
            var result = runner.Run();
            foreach (var top in golden.GetProperty("top").EnumerateArray())
                Assert.Equal(top.GetProperty("logit").GetSingle(), result.Logits(prompt.Length - 1)[top.GetProperty("token").GetInt32()], LogitTolerance);

            for (var i = 0; i < greedy.Length; i++)
            {
                var token = result.Sampled[0].Token;
                if (token != greedy[i])
                {
                    // From a near tie on, another order of sums may take another way.
                    var logits = result.Logits(result.LogitRows.Length - 1);
                    Assert.Equal(logits[token], logits[greedy[i]], LogitTolerance);
                    break;
                }

                runner.Chunk(0, prompt.Length + i, 1, ChunkFlags.Sample | ChunkFlags.Logits, token);
                result = runner.Run();
            }

            runner.Release(0);
        }
    }

    private static ExecutorOptions Options { get; } = new()
    {
        Weights = WeightType.BF16,
        KvCache = KvType.F32,
        Blocks = new KvBlockCounts(8, 8),
        MaxSequences = 1,
        MaxBatchRows = 64,
        MaxContext = 128,
    };

    private static int[] Integers(JsonElement list) => [.. list.EnumerateArray().Select(n => n.GetInt32())];
}
