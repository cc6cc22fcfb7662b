using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;
using Baichuan.Scheduling.Blocks;

namespace Baichuan.Scheduling.Tests.Toy;

/// <summary>
/// Runs step batches of the toy language with paged pools like a real executor's, and fails the test at the first batch that breaks the
/// contract. Attention is played by looking up every visible position through the tables: each must hold what this sequence's tokens give there, and be
/// of its tenant.
/// </summary>
internal sealed class ToyExecutor(SchedulerOptions options, ulong epoch)
{
    private static readonly LayerKind[] Kinds = [LayerKind.Global, LayerKind.Sliding];

    private readonly Dictionary<int, ToySequence> _sequences = [];
    private readonly ulong[][] _pools = [.. Kinds.Select(k => new ulong[options.Blocks.Of(k) * KvBlockCounts.BlockPositions])];
    private readonly string?[][] _tenants = [.. Kinds.Select(k => new string?[options.Blocks.Of(k)])]; // whose a block's contents are
    private readonly BlockNames _names = new(options.Blocks);
    private ulong _epoch = epoch;
    private ulong _nextStep;

    /// <summary>Forgets every sequence; the pools stay.</summary>
    public void Reset(ulong epoch)
    {
        (_epoch, _nextStep) = (epoch, 0);
        _sequences.Clear();
    }

    /// <summary>What its blocks are called.</summary>
    public NamedBlock[] Names => _names.ToArray();

    /// <summary>What a block holds, and whose it is.</summary>
    public (ulong[] Contents, string? Tenant) Save(in KvBlock saved) =>
        (_pools[(int)saved.Kind].AsSpan(saved.Block * 16, 16).ToArray(), _tenants[(int)saved.Kind][saved.Block]);

    /// <param name="tenantOf">The tenant of a sequence that is being admitted.</param>
    /// <param name="restored">What the partner has of the blocks that are restored; null: this shard is not lost.</param>
    public StepResult Execute(StepBatch batch, Func<int, string> tenantOf, (ulong[] Contents, string? Tenant)[]? restored)
    {
        Assert.Equal(_epoch, batch.Epoch);
        Assert.Equal(_nextStep++, batch.Step);
        Assert.InRange(batch.Rows, 1, options.MaxBatchRows);

        _names.Begin(batch);
        foreach (var number in batch.Releases)
            Assert.True(_sequences.Remove(number), $"Sequence {number} is released but does not run.");
        foreach (ref readonly var admission in batch.Admissions)
            Admit(admission, batch.AdmittedTokens(admission), tenantOf(admission.Sequence));
        foreach (ref readonly var change in batch.BlockChanges)
            Change(change);
        for (var i = 0; i < restored?.Length; i++)
            Restore(batch.RestoredBlocks[i], restored[i]);
        foreach (var (kind, block) in batch.ZeroedBlocks)
            Zero(kind, block);
        foreach (ref readonly var change in batch.BlockChanges)
            Assert.True((_tenants[(int)change.Kind][change.Block] ?? _sequences[change.Sequence].Tenant) == _sequences[change.Sequence].Tenant, "A block changes tenant unzeroed.");
        foreach (ref readonly var chunk in batch.Chunks)
            Write(chunk, batch.AppendedTokens(chunk));
        CheckContents(batch);
        _names.End(batch);
        return Answer(batch, _sequences);
    }

    private void Admit(in Admission admission, ReadOnlySpan<int> tokens, string tenant)
    {
        Assert.InRange(admission.Sequence, 0, options.MaxSequences - 1);
        Assert.InRange(admission.PromptLength, 1, tokens.Length);
        Assert.InRange(admission.MaxLength, tokens.Length + 1, options.MaxContext);
        var sequence = new ToySequence(admission.MaxLength, tenant);
        sequence.Tokens.AddRange(tokens);
        Assert.True(_sequences.TryAdd(admission.Sequence, sequence), $"Sequence {admission.Sequence} is admitted before it is released.");
    }

    private void Change(in BlockChange change)
    {
        Assert.InRange(change.Block, 0, options.Blocks.Of(change.Kind) - 1);
        _sequences[change.Sequence].Table(change.Kind)[change.Index] = change.Block;
    }

    private void Restore(KvBlock restored, (ulong[] Contents, string? Tenant) saved)
    {
        saved.Contents.CopyTo(_pools[(int)restored.Kind], restored.Block * 16);
        _tenants[(int)restored.Kind][restored.Block] = saved.Tenant;
    }

    private void Zero(LayerKind kind, int block)
    {
        _pools[(int)kind].AsSpan(block * 16, 16).Clear();
        _tenants[(int)kind][block] = null;
    }

    private void Write(in Chunk chunk, ReadOnlySpan<int> appended)
    {
        var sequence = _sequences[chunk.Sequence];
        if (chunk.Flags.HasFlag(ChunkFlags.TakesSampled))
        {
            Assert.True(options.PlansAhead);
            Assert.Empty(appended.ToArray());
            Assert.Equal(sequence.Tokens.Count, sequence.Computed.Count);
            sequence.Tokens.Add(ToyLanguage.Next(sequence.Computed[^1]));
        }

        sequence.Tokens.AddRange(appended);
        var replays = chunk.Flags.HasFlag(ChunkFlags.ReplayFirst);
        if (replays)
        {
            Assert.Empty(sequence.Computed);
            for (var position = 0; position <= chunk.Start; position++)
                sequence.Computed.Add(Read(sequence, position));
        }

        var (first, end) = (sequence.Computed.Count, chunk.Start + chunk.Count);
        Assert.Equal(chunk.Start + (replays ? 1 : 0), first);
        Assert.InRange(end, 1, sequence.Tokens.Count);
        Assert.Equal(end == sequence.Tokens.Count, chunk.Flags.HasFlag(ChunkFlags.Sample));
        Assert.InRange(sequence.Tokens.Count, 1, sequence.MaxLength - 1);
        for (var position = first; position < end; position++)
        {
            sequence.Computed.Add(Read(sequence, position));
            foreach (var kind in Kinds)
            {
                Slot(sequence, kind, position) = sequence.Computed[position];
                _tenants[(int)kind][sequence.Table(kind)[position / 16]] = sequence.Tenant;
            }
        }
    }

    private static ulong Read(ToySequence sequence, int position) =>
        ToyLanguage.Read(position == 0 ? ToyLanguage.Start : sequence.Computed[position - 1], sequence.Tokens[position]);

    /// <summary>What sequences see is what their tokens give, whether they have rows in this step or wait for their next: nobody writes into a block
    /// that others see, and who shares one has the same tokens and tenant.</summary>
    private void CheckContents(StepBatch batch)
    {
        var firstRows = _sequences.ToDictionary(s => s.Key, s => s.Value.Computed.Count);
        foreach (ref readonly var chunk in batch.Chunks)
            firstRows[chunk.Sequence] = chunk.Start;
        foreach (var (number, sequence) in _sequences)
        {
            foreach (var kind in Kinds)
            {
                for (var position = FirstVisible(kind, firstRows[number]); position < sequence.Computed.Count; position++)
                {
                    Assert.True(sequence.Computed[position] == Slot(sequence, kind, position), $"Position {position} of a sequence is overwritten in its {kind} block.");
                    Assert.Equal(sequence.Tenant, _tenants[(int)kind][sequence.Table(kind)[position / 16]]);
                }
            }
        }
    }

    private static StepResult Answer(StepBatch batch, Dictionary<int, ToySequence> sequences)
    {
        var sampled = new List<SampledToken>();
        foreach (ref readonly var chunk in batch.Chunks)
        {
            var end = chunk.Start + chunk.Count;
            if (chunk.Flags.HasFlag(ChunkFlags.Sample))
                sampled.Add(new SampledToken { Sequence = chunk.Sequence, Position = end, Token = ToyLanguage.Next(sequences[chunk.Sequence].Computed[end - 1]) });
        }

        return StepResult.Create(batch.Epoch, batch.Step, TimeSpan.Zero, TimeSpan.Zero, sampled.ToArray());
    }

    private ref ulong Slot(ToySequence sequence, LayerKind kind, int position)
    {
        var block = sequence.Table(kind)[position / 16];
        Assert.True(block >= 0, $"Position {position} has no {kind} block.");
        return ref _pools[(int)kind][(block * 16) + (position % 16)];
    }

    private int FirstVisible(LayerKind kind, int position) => kind == LayerKind.Global ? 0 : Math.Max(0, position - options.SlidingWindow + 1);
}
