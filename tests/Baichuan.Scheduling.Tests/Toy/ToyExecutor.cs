using Baichuan.Model;
using Baichuan.Model.Execution;
using Baichuan.Model.Plan;

namespace Baichuan.Scheduling.Tests.Toy;

/// <summary>
/// Runs step batches of the toy language with paged pools like a real executor's, and fails the test at the first batch that breaks the
/// contract. Attention is played by looking up every visible position through the tables: each must hold what this sequence wrote there.
/// </summary>
internal sealed class ToyExecutor(SchedulerOptions options, ulong epoch)
{
    private static readonly LayerKind[] Kinds = [LayerKind.Global, LayerKind.Sliding];

    private readonly Dictionary<int, ToySequence> _sequences = [];
    private readonly ulong[][] _pools = [.. Kinds.Select(k => new ulong[options.Blocks.Of(k) * KvBlockCounts.BlockPositions])];
    private ulong _nextStep;

    public StepResult Execute(StepBatch batch)
    {
        Assert.Equal(epoch, batch.Epoch);
        Assert.Equal(_nextStep++, batch.Step);
        Assert.InRange(batch.Rows, 1, options.MaxBatchRows);

        foreach (var number in batch.Releases)
            Assert.True(_sequences.Remove(number), $"Sequence {number} is released but does not run.");
        foreach (ref readonly var admission in batch.Admissions)
            Admit(admission, batch.AdmittedTokens(admission));
        foreach (ref readonly var change in batch.BlockChanges)
            Change(change);
        foreach (ref readonly var chunk in batch.Chunks)
            Write(chunk, batch.AppendedTokens(chunk));
        CheckOwners(batch);
        return Answer(batch);
    }

    private void Admit(in Admission admission, ReadOnlySpan<int> tokens)
    {
        Assert.InRange(admission.Sequence, 0, options.MaxSequences - 1);
        Assert.InRange(admission.PromptLength, 1, tokens.Length);
        Assert.InRange(admission.MaxLength, tokens.Length + 1, options.MaxContext);
        var sequence = new ToySequence(admission.MaxLength);
        sequence.Tokens.AddRange(tokens);
        Assert.True(_sequences.TryAdd(admission.Sequence, sequence), $"Sequence {admission.Sequence} is admitted before it is released.");
    }

    private void Change(in BlockChange change)
    {
        Assert.InRange(change.Block, 0, options.Blocks.Of(change.Kind) - 1);
        _sequences[change.Sequence].Table(change.Kind)[change.Index] = change.Block;
    }

    private void Write(in Chunk chunk, ReadOnlySpan<int> appended)
    {
        var sequence = _sequences[chunk.Sequence];
        sequence.Tokens.AddRange(appended);
        Assert.Equal(sequence.Computed.Count, chunk.Start);
        Assert.InRange(chunk.Start + chunk.Count, 1, sequence.Tokens.Count);
        Assert.Equal(chunk.Start + chunk.Count == sequence.Tokens.Count ? ChunkFlags.Sample : ChunkFlags.None, chunk.Flags);
        Assert.InRange(sequence.Tokens.Count, 1, sequence.MaxLength - 1);
        for (var position = chunk.Start; position < chunk.Start + chunk.Count; position++)
        {
            var prefix = position == 0 ? ToyLanguage.Start : sequence.Computed[position - 1];
            sequence.Computed.Add(ToyLanguage.Read(prefix, sequence.Tokens[position]));
            foreach (var kind in Kinds)
                Slot(sequence, kind, position) = sequence.Computed[position];
        }
    }

    /// <summary>No block is visible to two sequences, whether they have rows in this step or wait for their next.</summary>
    private void CheckOwners(StepBatch batch)
    {
        var firstRows = _sequences.ToDictionary(s => s.Key, s => s.Value.Computed.Count);
        foreach (ref readonly var chunk in batch.Chunks)
            firstRows[chunk.Sequence] = chunk.Start;
        foreach (var kind in Kinds)
        {
            var owners = new HashSet<int>();
            foreach (var (number, sequence) in _sequences)
            {
                for (var i = FirstVisible(kind, firstRows[number]) / 16; i * 16 < sequence.Computed.Count; i++)
                    Assert.True(owners.Add(sequence.Table(kind)[i]), $"A {kind} block belongs to two sequences.");
            }
        }
    }

    private StepResult Answer(StepBatch batch)
    {
        var sampled = new List<SampledToken>();
        foreach (ref readonly var chunk in batch.Chunks)
        {
            var sequence = _sequences[chunk.Sequence];
            var end = chunk.Start + chunk.Count;
            foreach (var kind in Kinds)
            {
                for (var position = FirstVisible(kind, chunk.Start); position < end; position++)
                    Assert.Equal(sequence.Computed[position], Slot(sequence, kind, position));
            }

            if (chunk.Flags.HasFlag(ChunkFlags.Sample))
                sampled.Add(new SampledToken { Sequence = chunk.Sequence, Position = end, Token = ToyLanguage.Next(sequence.Computed[end - 1]) });
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
