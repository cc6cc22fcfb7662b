using Baichuan.Model.Plan;

namespace Baichuan.Server.Bench;

/// <summary>What a step costs at least, in all shards together; attention and the KV cache are not counted.</summary>
/// <param name="WeightBytes">Bytes that a step of few rows reads: every matrix once, in its type. The embedding table is not read, but a row of it per token.</param>
/// <param name="RowMultiplyAdds">Multiply-adds of a row in the decoder layers.</param>
/// <param name="HeadMultiplyAdds">Multiply-adds of a row whose logits are needed, beyond that.</param>
internal sealed record StepCost(long WeightBytes, long RowMultiplyAdds, long HeadMultiplyAdds)
{
    public static StepCost Of(MemoryPlan memory)
    {
        TensorSlice[] matrices = [.. memory.Plan.Shards.SelectMany(shard => shard.Tensors).Where(tensor => tensor.Shape.Count == 2)];
        var embedding = matrices.Where(tensor => tensor.Name == TensorNames.Embedding).Sum(tensor => tensor.RowCount * memory.WeightType.OfEmbedding().BytesOf(tensor.Columns.Count));
        var head = matrices.Where(tensor => tensor.Name == TensorNames.Head).Sum(tensor => tensor.ElementCount);
        var all = matrices.Where(tensor => tensor.Name != TensorNames.Embedding).Sum(tensor => tensor.ElementCount);
        return new StepCost(memory.WeightBytes - embedding, all - head, head);
    }
}
