using Baichuan.Compute.Cpu.Weights;
using Baichuan.Compute.Sequences;
using Baichuan.Compute.Threads;
using Baichuan.Model;

namespace Baichuan.Compute.Cpu.Layers;

/// <summary>hidden = the embedding of each row's token, looked up in place; zeros where another rank holds the token's row.</summary>
internal sealed unsafe class EmbeddingJob(
    ComputePool pool, ActivationBuffers buffers, SequenceTable sequences, StepRows rows, EmbeddingTable embedding, IndexRange vocabulary) : ComputeJob
{
    private const int PartRows = 16;

    public void Run() => pool.Run(this, rows.Count, PartRows);

    protected internal override void RunPart(int start, int end)
    {
        for (var row = start; row < end; row++)
        {
            var hidden = new Span<float>(buffers.Hidden + ((nint)row * buffers.HiddenSize), buffers.HiddenSize);
            var token = sequences.Tokens(rows.ChunkOf(row).Sequence)[rows.Position(row)];
            if (token < vocabulary.Start || token >= vocabulary.End)
            {
                hidden.Clear();
                continue;
            }

            embedding.CopyRow(token - vocabulary.Start, hidden);
            // The sum over ranks adds the others' +0, which makes +0 of -0; one rank alone must do the same.
            foreach (ref var value in hidden)
                value += 0f;
        }
    }
}
