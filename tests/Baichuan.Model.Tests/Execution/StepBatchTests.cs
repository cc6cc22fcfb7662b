using Baichuan.Model.Execution;
using Baichuan.Testing.Fuzz;
using CsCheck;

namespace Baichuan.Model.Tests.Execution;

public sealed class StepBatchTests
{
    private sealed record AdmissionDraw(int Sequence, int[] Tokens, int[] Stops, (int Token, float Bias)[] Biases, float Temperature);

    private sealed record ChunkDraw(int Sequence, int Start, int Count, int Flags, int[] Appended);

    private sealed record Draw(
        ulong Epoch,
        ulong Step,
        int[] Releases,
        AdmissionDraw[] Admissions,
        (int Sequence, bool Sliding, int Index, int Block)[] Changes,
        (bool Sliding, int Block)[] Zeroed,
        ChunkDraw[] Chunks);

    private static readonly Gen<Draw> s_draws = Gen.Select(
        Gen.ULong,
        Gen.ULong,
        Gen.Int[0, 99].Array[0, 5],
        Gen.Select(Gen.Int[0, 99], Gen.Int.Array[0, 40], Gen.Int.Array[0, 3], Gen.Select(Gen.Int, Gen.Float[-100, 100]).Array[0, 3], Gen.Float[0, 2], (s, t, e, b, x) => new AdmissionDraw(s, t, e, b, x)).Array[0, 4],
        Gen.Select(Gen.Int[0, 99], Gen.Bool, Gen.Int[0, 999], Gen.Int[0, 999]).Array[0, 7],
        Gen.Select(Gen.Bool, Gen.Int[0, 999]).Array[0, 7],
        Gen.Select(Gen.Int[0, 99], Gen.Int[0, 9999], Gen.Int[1, 64], Gen.Int[0, 7], Gen.Int.Array[0, 3], (s, p, n, f, a) => new ChunkDraw(s, p, n, f, a))
            .Array[0, 6],
        (epoch, step, releases, admissions, changes, zeroed, chunks) => new Draw(epoch, step, releases, admissions, changes, zeroed, chunks));

    [Fact]
    public void What_a_builder_collects_comes_out_of_the_frame() =>
        s_draws.Sample(
            draw =>
            {
                var frame = Build(draw).Frame;
                // A frame may lie anywhere in a received buffer.
                byte[] received = [0, .. frame.Span];
                Same(draw, StepBatch.Parse(received.AsMemory(1)));
            },
            iter: 500);

    [Fact]
    public void A_builder_starts_anew_after_each_frame()
    {
        var builder = new StepBatchBuilder();
        builder.Release(3);
        builder.Add(1, 0, 2, ChunkFlags.Sample, [5]);
        Assert.Equal((2, 1, false), (builder.Rows, builder.ChunkCount, builder.IsEmpty));
        builder.Build(1, 1);
        Assert.Equal((0, 0, true), (builder.Rows, builder.ChunkCount, builder.IsEmpty));
        var next = builder.Build(1, 2);
        Assert.Equal((0, 0, 0), (next.Rows, next.Releases.Length, next.Chunks.Length));
    }

    [Fact]
    public void A_changed_frame_is_read_inside_its_bounds_or_refused() =>
        Gen.Select(s_draws, FrameMutations.Changes.List[1, 4]).Sample(
            (draw, changes) =>
            {
                try
                {
                    Touch(StepBatch.Parse(FrameMutations.Apply(Build(draw).Frame, changes)));
                }
                catch (FrameException)
                {
                }
            },
            iter: 5_000);

    [Fact]
    public void A_large_frame_that_states_more_than_it_holds_is_refused()
    {
        // Large enough that counts in the range of its length overflow 32 bits when they become bytes.
        var frame = new byte[128 << 20];
        new StepBatchBuilder().Build(1, 1).Frame.CopyTo(frame);
        foreach (var field in Enumerable.Range(6, 9))
        {
            BitConverter.TryWriteBytes(frame.AsSpan(field * 4), frame.Length / 4);
            Assert.Throws<FrameException>(() => StepBatch.Parse(frame));
        }
    }

    private static StepBatch Build(Draw draw)
    {
        var builder = new StepBatchBuilder();
        foreach (var sequence in draw.Releases)
            builder.Release(sequence);
        foreach (var a in draw.Admissions)
            builder.Admit(a.Sequence, 1, 100, SamplingSettings.Greedy with { Temperature = a.Temperature }, a.Tokens, a.Stops, [.. a.Biases.Select(b => new TokenBias(b.Token, b.Bias))]);
        foreach (var (sequence, sliding, index, block) in draw.Changes)
            builder.Change(sequence, sliding ? LayerKind.Sliding : LayerKind.Global, index, block);
        foreach (var (sliding, block) in draw.Zeroed)
            builder.Zero(sliding ? LayerKind.Sliding : LayerKind.Global, block);
        foreach (var c in draw.Chunks)
            builder.Add(c.Sequence, c.Start, c.Count, (ChunkFlags)c.Flags, c.Appended);
        return builder.Build(draw.Epoch, draw.Step);
    }

    private static void Same(Draw draw, StepBatch batch)
    {
        Assert.Equal((draw.Epoch, draw.Step, draw.Chunks.Sum(c => c.Count)), (batch.Epoch, batch.Step, batch.Rows));
        Assert.Equal(draw.Releases, batch.Releases.ToArray());
        Assert.Equal(draw.Admissions.Length, batch.Admissions.Length);
        for (var i = 0; i < draw.Admissions.Length; i++)
        {
            ref readonly var admission = ref batch.Admissions[i];
            Assert.Equal((draw.Admissions[i].Sequence, 1, 100), (admission.Sequence, admission.PromptLength, admission.MaxLength));
            Assert.Equal((draw.Admissions[i].Temperature, 1f, -1), (admission.Sampling.Temperature, admission.Sampling.TopP, admission.Sampling.TopLogprobs));
            Assert.Equal(draw.Admissions[i].Tokens, batch.AdmittedTokens(admission).ToArray());
            Assert.Equal(draw.Admissions[i].Stops, batch.StopTokens(admission).ToArray());
            Assert.Equal(draw.Admissions[i].Biases, batch.Biases(admission).ToArray().Select(b => (b.Token, b.Bias)));
        }

        Assert.Equal(draw.Changes, batch.BlockChanges.ToArray().Select(c => (c.Sequence, c.Kind == LayerKind.Sliding, c.Index, c.Block)));
        Assert.Equal(draw.Zeroed, batch.ZeroedBlocks.ToArray().Select(z => (z.Kind == LayerKind.Sliding, z.Block)));
        Assert.Equal(draw.Chunks.Length, batch.Chunks.Length);
        for (var i = 0; i < draw.Chunks.Length; i++)
        {
            ref readonly var chunk = ref batch.Chunks[i];
            var drawn = draw.Chunks[i];
            Assert.Equal((drawn.Sequence, drawn.Start, drawn.Count, drawn.Flags), (chunk.Sequence, chunk.Start, chunk.Count, (int)chunk.Flags));
            Assert.Equal(drawn.Appended, batch.AppendedTokens(chunk).ToArray());
        }
    }

    private static void Touch(StepBatch batch)
    {
        _ = batch.Releases.ToArray();
        _ = batch.BlockChanges.ToArray();
        _ = batch.ZeroedBlocks.ToArray();
        foreach (ref readonly var admission in batch.Admissions)
            _ = batch.AdmittedTokens(admission).Length + batch.StopTokens(admission).Length + batch.Biases(admission).Length;
        foreach (ref readonly var chunk in batch.Chunks)
            _ = batch.AppendedTokens(chunk).ToArray();
    }
}
