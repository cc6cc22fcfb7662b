using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>
/// A host buffer through which f32 values pass between the device and a shard's peers. <see cref="IShardPeers"/> speaks f32 in host memory, so partial
/// sums and hidden states leave the device here, and only here, together with the logits of the rows that were asked for.
/// </summary>
internal sealed class HostStaging(int capacity)
{
    private readonly torch.Tensor _buffer = torch.empty([capacity], dtype: torch.ScalarType.Float32);

    /// <summary>Room for <paramref name="count"/> values.</summary>
    public Span<float> Room(int count) => HostMemory.Floats(_buffer)[..count];

    /// <summary>Copies a tensor to the buffer, row-major.</summary>
    public Span<float> Fetch(torch.Tensor values)
    {
        View(values).copy_(values);
        return Room((int)values.numel());
    }

    /// <summary>Copies the buffer to a tensor.</summary>
    public void Deliver(torch.Tensor values) => values.copy_(View(values));

    private torch.Tensor View(torch.Tensor like) => _buffer.narrow(0, 0, like.numel()).view(like.shape);
}
