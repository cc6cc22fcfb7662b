using Baichuan.Compute.Cpu;
using Baichuan.Compute.Threads;
using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>A model too small to fill the four reduction groups, with sizes that no vector divides.</summary>
public sealed class EmptyGroupTests : IDisposable
{
    private const string Config = """
        {
          "model_type": "baichuan_m1", "hidden_act": "silu", "conv_window": 2, "tie_word_embeddings": false, "vocab_size": 37, "hidden_size": 20,
          "intermediate_size": 45, "num_hidden_layers": 3, "num_attention_heads": 2, "num_key_value_heads": 1, "num_swa_attention_heads": 2,
          "num_swa_key_value_heads": 2, "sliding_window": 5, "sliding_window_layers": [1], "rope_theta": 10000, "rms_norm_eps": 1e-6,
          "max_position_embeddings": 64, "eos_token_id": 2
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("baichuan-");

    [Fact]
    public void Empty_groups_give_the_same_bits_on_one_rank_and_on_two()
    {
        var config = Path.Combine(_folder.FullName, "config.json");
        var model = Path.Combine(_folder.FullName, "model");
        File.WriteAllText(config, Config);
        RandomCheckpoint.Write(config, seed: 1, StoredType.F32, model, CancellationToken.None);
        using var checkpoint = ModelCheckpoint.Open(model);
        Assert.Contains(ShardPlan.Create(checkpoint.Config, 1, 1).Shards[0].FfnGroups, group => group.IsEmpty);

        var expected = Run(checkpoint, 1, 1, [33]);
        Assert.Equal(expected, Run(checkpoint, 2, 1, [16, 3, 1]));
        Assert.Equal(expected, Run(checkpoint, 2, 3, [7]));
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static int[][] Run(ModelCheckpoint checkpoint, int tensorParallel, int pipelineParallel, int[] cuts)
    {
        var options = new ExecutorOptions
        {
            Weights = WeightType.F32,
            KvCache = KvType.F32,
            Blocks = new KvBlockCounts(4, 4),
            MaxSequences = 1,
            MaxBatchRows = 40,
            MaxContext = 40,
        };
        using var pool = new ComputePool(2);
        using var runner = new ShardGroupRunner(new CpuExecutorFactory(pool), checkpoint, tensorParallel, pipelineParallel, options);
        return new Schedule([33], cuts).Run(runner)[0];
    }
}
