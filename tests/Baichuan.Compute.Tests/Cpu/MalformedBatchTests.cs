using Baichuan.Model;
using Baichuan.Model.Execution;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>Orders that cannot be carried out are refused with a sentence, and after a reset the shard runs on.</summary>
public sealed class MalformedBatchTests : IDisposable
{
    private const int SecretToken = 77_777;

    private readonly OneShard _shard = new();

    public static TheoryData<string, string> Refusals() => new()
    {
        { nameof(ReleaseOfUnknown), "Sequence 1 is named, but it is not admitted." },
        { nameof(SequenceTooHigh), "Sequence 2 is named; MaxSequences is 2." },
        { nameof(SequenceNegative), "Sequence -1 is named; MaxSequences is 2." },
        { nameof(AdmissionTwice), "Sequence 0 is admitted again without a release." },
        { nameof(AdmissionTooLong), "Sequence 1 comes with 41 tokens; MaxContext is 40." },
        { nameof(AdmittedTokenOutside), "Sequence 1 has a token outside the vocabulary of 256." },
        { nameof(StopTokenOutside), "Sequence 1 has a token outside the vocabulary of 256." },
        { nameof(BiasOutside), "Sequence 1 has a bias that is not finite, or of a token outside the vocabulary of 256." },
        { nameof(AppendedTokenOutside), "Sequence 0 has a token outside the vocabulary of 256." },
        { nameof(AppendedTooMany), "Sequence 0 of 18 tokens cannot take 23 more: MaxContext is 40." },
        { nameof(BlockOutsidePool), "A block change of sequence 0 names block 2 of a pool of 2." },
        { nameof(BlockNegative), "A block change of sequence 0 names block -1 of a pool of 3." },
        { nameof(EntryOutsideTable), "A block change of sequence 0 names entry 3 of a table of 3." },
        { nameof(UnknownKind), "A block change of sequence 0 names the layer kind 7; there are 0 and 1." },
        { nameof(ZeroedOutsidePool), "A step zeroes block 2 of layer kind 1; the pools have 3 and 2." },
        { nameof(ZeroedOfUnknownKind), "A step zeroes block 0 of layer kind 7; the pools have 3 and 2." },
        { nameof(ChunkOfUnknown), "Sequence 1 is named, but it is not admitted." },
        { nameof(PositionGap), "A chunk of sequence 0 starts at position 4, but the sequence stands at 3 and nothing is replayed." },
        { nameof(UnknownTokens), "A chunk of sequence 0 runs positions 3 to 18, but only 18 tokens are known." },
        { nameof(MissingGlobalBlock), "Entry 1 of sequence 0's Global block table is needed, but no block was given." },
        { nameof(MissingSlidingBlock), "Entry 1 of sequence 0's Sliding block table is needed, but no block was given." },
        { nameof(ChunksOfOneSequence), "A step has two chunks of sequence 0; it may have one." },
        { nameof(NothingSampled), "A chunk of sequence 0 takes a sampled token; none was sampled to follow those that are known." },
        { nameof(SampledAndOthers), "A chunk of sequence 0 takes a sampled token; it brings others beside it." },
        { nameof(TooManyRows), "A step has 21 rows; MaxBatchRows is 20." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void An_impossible_order_is_refused(string order, string sentence)
    {
        var expected = Start().Sampled[0];
        typeof(MalformedBatchTests).GetMethod(order, System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.Invoke(null, [_shard.Batch]);
        var refusal = Assert.Throws<StepBatchException>(() => _shard.Run());
        Assert.Equal(sentence, refusal.Message);
        Assert.DoesNotContain(SecretToken.ToString(), refusal.ToString());

        _shard.Reset();
        Assert.Equal(expected, Start().Sampled[0]);
    }

    public void Dispose() => _shard.Dispose();

    /// <summary>Sequence 0 of 18 known tokens stands at position 3; it has the first block of both kinds.</summary>
    private StepResult Start()
    {
        _shard.Batch.Admit(0, 18, 40, SamplingSettings.Greedy, Enumerable.Range(5, 18).ToArray(), []);
        _shard.Batch.Change(0, LayerKind.Global, 0, 2);
        _shard.Batch.Change(0, LayerKind.Sliding, 0, 1);
        _shard.Batch.Add(0, 0, 3, ChunkFlags.Sample, []);
        return _shard.Run();
    }

    private static void NothingSampled(StepBatchBuilder batch) => batch.Add(0, 3, 1, ChunkFlags.TakesSampled, []); // what was follows position 2

    private static void SampledAndOthers(StepBatchBuilder batch) => batch.Add(0, 3, 1, ChunkFlags.TakesSampled, [5]);

    private static void ReleaseOfUnknown(StepBatchBuilder batch) => batch.Release(1);

    private static void SequenceTooHigh(StepBatchBuilder batch) => batch.Release(2);

    private static void SequenceNegative(StepBatchBuilder batch) => batch.Add(-1, 0, 1, ChunkFlags.None, []);

    private static void AdmissionTwice(StepBatchBuilder batch) => Admit(batch, 0, 5);

    private static void AdmissionTooLong(StepBatchBuilder batch) => Admit(batch, 1, new int[41]);

    private static void AdmittedTokenOutside(StepBatchBuilder batch) => Admit(batch, 1, 5, SecretToken);

    private static void BiasOutside(StepBatchBuilder batch) => batch.Admit(1, 1, 40, SamplingSettings.Greedy, [5], [], [new TokenBias(SecretToken, 1)]);

    private static void StopTokenOutside(StepBatchBuilder batch) => batch.Admit(1, 1, 40, SamplingSettings.Greedy, [5], [-SecretToken]);

    private static void AppendedTokenOutside(StepBatchBuilder batch) => batch.Add(0, 3, 1, ChunkFlags.None, [SecretToken]);

    private static void AppendedTooMany(StepBatchBuilder batch) => batch.Add(0, 3, 1, ChunkFlags.None, new int[23]);

    private static void BlockOutsidePool(StepBatchBuilder batch) => batch.Change(0, LayerKind.Sliding, 1, 2);

    private static void BlockNegative(StepBatchBuilder batch) => batch.Change(0, LayerKind.Global, 1, -1);

    private static void EntryOutsideTable(StepBatchBuilder batch) => batch.Change(0, LayerKind.Global, 3, 0);

    private static void UnknownKind(StepBatchBuilder batch) => batch.Change(0, (LayerKind)7, 0, 0);

    private static void ZeroedOutsidePool(StepBatchBuilder batch) => batch.Zero(LayerKind.Sliding, 2);

    private static void ZeroedOfUnknownKind(StepBatchBuilder batch) => batch.Zero((LayerKind)7, 0);

    private static void ChunkOfUnknown(StepBatchBuilder batch) => batch.Add(1, 0, 1, ChunkFlags.None, []);

    private static void PositionGap(StepBatchBuilder batch) => batch.Add(0, 4, 1, ChunkFlags.None, []);

    private static void UnknownTokens(StepBatchBuilder batch) => batch.Add(0, 3, 16, ChunkFlags.None, []);

    private static void MissingGlobalBlock(StepBatchBuilder batch)
    {
        batch.Change(0, LayerKind.Sliding, 1, 0);
        batch.Add(0, 3, 14, ChunkFlags.None, []);
    }

    private static void MissingSlidingBlock(StepBatchBuilder batch)
    {
        batch.Change(0, LayerKind.Global, 1, 0);
        batch.Add(0, 3, 14, ChunkFlags.None, []);
    }

    private static void ChunksOfOneSequence(StepBatchBuilder batch)
    {
        batch.Add(0, 3, 1, ChunkFlags.None, []);
        batch.Add(0, 4, 1, ChunkFlags.None, []);
    }

    private static void TooManyRows(StepBatchBuilder batch) => batch.Add(0, 0, 21, ChunkFlags.None, []);

    private static void Admit(StepBatchBuilder batch, int sequence, params int[] tokens) =>
        batch.Admit(sequence, tokens.Length, 40, SamplingSettings.Greedy, tokens, []);
}
