using System.Runtime.InteropServices;
using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>Views of tensors that lie in host memory.</summary>
internal static class HostMemory
{
    /// <summary>The values of a contiguous f32 tensor on the CPU; valid while the tensor lives.</summary>
    public static Span<float> Floats(torch.Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
