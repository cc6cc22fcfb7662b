using Baichuan.Model.Execution;
using Baichuan.Testing.Fuzz;
using CsCheck;

namespace Baichuan.Model.Tests.Execution;

public sealed class StepResultTests
{
    private sealed record Draw(ulong Epoch, ulong Step, int Compute, int Wait, int[] Tops, int LogitRows, int Vocabulary);

    // Tops: per sampled token the number of its alternatives.
    private static readonly Gen<Draw> s_draws = Gen.Select(
        Gen.ULong, Gen.ULong, Gen.Int[0, int.MaxValue], Gen.Int[0, int.MaxValue], Gen.Int[0, 4].Array[0, 5], Gen.Int[0, 4], Gen.Int[1, 9],
        (epoch, step, compute, wait, tops, rows, vocabulary) => new Draw(epoch, step, compute, wait, tops, rows, vocabulary));

    [Fact]
    public void What_is_put_into_a_result_comes_out_of_its_frame() =>
        s_draws.Sample(
            draw =>
            {
                byte[] received = [0, .. Build(draw).Frame.Span];
                var result = StepResult.Parse(received.AsMemory(1));
                Assert.Equal((draw.Epoch, draw.Step), (result.Epoch, result.Step));
                Assert.Equal((draw.Compute, draw.Wait), ((int)result.ComputeTime.TotalMicroseconds, (int)result.WaitTime.TotalMicroseconds));
                Assert.Equal(draw.Tops.Length, result.Sampled.Length);
                for (var i = 0; i < draw.Tops.Length; i++)
                {
                    ref readonly var token = ref result.Sampled[i];
                    Assert.Equal((i, 7 * i, 11 * i, -i), (token.Sequence, token.Position, token.Token, token.Logprob));
                    var first = draw.Tops[..i].Sum();
                    Assert.Equal(Enumerable.Range(first, draw.Tops[i]).Select(n => new TokenLogprob(n, -n)), result.TopLogprobs(token).ToArray());
                }

                Assert.Equal(Enumerable.Range(0, draw.LogitRows).Select(r => new RowLogits(r, 2 * r)), result.LogitRows.ToArray());
                for (var row = 0; row < draw.LogitRows; row++)
                    Assert.Equal(Enumerable.Range(row * draw.Vocabulary, draw.Vocabulary).Select(n => (float)n), result.Logits(row).ToArray());
            },
            iter: 500);

    [Fact]
    public void A_changed_frame_is_read_inside_its_bounds_or_refused() =>
        Gen.Select(s_draws, FrameMutations.Changes.List[1, 4]).Sample(
            (draw, changes) =>
            {
                try
                {
                    Touch(StepResult.Parse(FrameMutations.Apply(Build(draw).Frame, changes)));
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
        StepResult.Create(1, 1, default, default).Frame.CopyTo(frame);
        foreach (var field in new[] { 1, 6, 7, 8 })
        {
            BitConverter.TryWriteBytes(frame.AsSpan(field * 4), frame.Length);
            Assert.Throws<FrameException>(() => StepResult.Parse(frame));
        }
    }

    private static StepResult Build(Draw draw)
    {
        var sampled = new SampledToken[draw.Tops.Length];
        for (var i = 0; i < sampled.Length; i++)
        {
            var (offset, count) = (draw.Tops[..i].Sum(), draw.Tops[i]);
            sampled[i] = new SampledToken { Sequence = i, Position = 7 * i, Token = 11 * i, Logprob = -i, TopOffset = offset, TopCount = count };
        }

        return StepResult.Create(
            draw.Epoch,
            draw.Step,
            TimeSpan.FromMicroseconds(draw.Compute),
            TimeSpan.FromMicroseconds(draw.Wait),
            sampled,
            [.. Enumerable.Range(0, draw.Tops.Sum()).Select(n => new TokenLogprob(n, -n))],
            [.. Enumerable.Range(0, draw.LogitRows).Select(r => new RowLogits(r, 2 * r))],
            [.. Enumerable.Range(0, draw.LogitRows * draw.Vocabulary).Select(n => (float)n)]);
    }

    private static void Touch(StepResult result)
    {
        _ = result.ComputeTime + result.WaitTime;
        foreach (ref readonly var token in result.Sampled)
            _ = result.TopLogprobs(token).ToArray();
        for (var i = 0; i < result.LogitRows.Length; i++)
            _ = result.Logits(i).ToArray();
    }
}
