using Baichuan.Compute.Cpu.Kernels;
using Baichuan.Model.Plan;

namespace Baichuan.Compute.Cpu.Weights;

/// <summary>A rank's part of the embedding table, [tokens, hidden] in f32 or bf16, row by row: rows are looked up, not multiplied.</summary>
internal sealed unsafe class EmbeddingTable(NativeHeap heap, WeightType type, int tokens, int hidden)
{
    private readonly Bf16* _narrow = type == WeightType.BF16 ? heap.Allocate<Bf16>((long)tokens * hidden) : null;
    private readonly float* _wide = type == WeightType.F32 ? heap.Allocate<float>((long)tokens * hidden) : null;

    /// <summary>Rounds rows from <paramref name="first"/> on into their places.</summary>
    /// <param name="rows">[count, hidden]</param>
    public void WriteRows(int first, ReadOnlySpan<float> rows)
    {
        var offset = (nint)first * hidden;
        if (_narrow is null)
        {
            rows.CopyTo(new Span<float>(_wide + offset, rows.Length));
            return;
        }

        for (var i = 0; i < rows.Length; i++)
            _narrow[offset + i] = Bf16.From(rows[i]);
    }

    /// <summary>Widens one row.</summary>
    /// <param name="destination">[hidden]</param>
    public void CopyRow(int token, Span<float> destination)
    {
        var offset = (nint)token * hidden;
        if (_narrow is null)
        {
            new ReadOnlySpan<float>(_wide + offset, hidden).CopyTo(destination);
            return;
        }

        for (var i = 0; i < hidden; i++)
            destination[i] = _narrow[offset + i].ToSingle();
    }
}
