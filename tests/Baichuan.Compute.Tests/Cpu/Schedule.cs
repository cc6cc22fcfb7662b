using Baichuan.Model.Execution;
using Baichuan.Testing;

namespace Baichuan.Compute.Tests.Cpu;

/// <summary>Sequences of known tokens, cut into chunks and mixed into steps in a way that a few numbers decide.</summary>
/// <param name="Lengths">Tokens of every sequence.</param>
/// <param name="Cuts">Chunk sizes that the sequences take in turns; 0 sits a step out.</param>
internal sealed record Schedule(int[] Lengths, int[] Cuts)
{
    /// <summary>Tokens that a sequence number stands for.</summary>
    public static int[] Tokens(int sequence, int length, int vocabularySize)
    {
        var random = new Random(1000 + sequence);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabularySize))];
    }

    /// <summary>Runs everything and returns the bits of the logits: [sequence][position][vocabulary].</summary>
    public int[][][] Run(ShardGroupRunner runner)
    {
        var logits = Lengths.Select(length => new int[length][]).ToArray();
        var done = new int[Lengths.Length];
        for (var step = 0; done.Zip(Lengths).Any(d => d.First < d.Second); step++)
        {
            for (var s = 0; s < Lengths.Length; s++)
            {
                var cut = Cuts.All(c => c == 0) ? 1 : Cuts[((s * 5) + step) % Cuts.Length];
                var count = Math.Min(cut, Lengths[s] - done[s]);
                // Sequences join one after the other.
                if (count == 0 || step < s)
                    continue;
                if (done[s] == 0)
                    runner.Admit(s, Tokens(s, Lengths[s], runner.Plan.Config.VocabularySize));
                runner.Chunk(s, done[s], count, ChunkFlags.Logits);
                done[s] += count;
            }

            var result = runner.Run();
            for (var i = 0; i < result.LogitRows.Length; i++)
                logits[result.LogitRows[i].Sequence][result.LogitRows[i].Position] = [.. result.Logits(i).ToArray().Select(BitConverter.SingleToInt32Bits)];
        }

        runner.Reset();
        return logits;
    }
}
