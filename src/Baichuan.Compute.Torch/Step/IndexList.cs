using TorchSharp;

namespace Baichuan.Compute.Torch.Step;

/// <summary>One list of an <see cref="IndexUpload"/>.</summary>
internal sealed class IndexList
{
    private torch.Tensor? _onDevice;

    /// <summary>What the next transfer takes.</summary>
    public List<long> Values { get; } = [];

    /// <summary>What the last transfer brought: [count], int64.</summary>
    public torch.Tensor OnDevice
    {
        get => _onDevice ?? throw new InvalidOperationException("The list has not been sent.");
        set => _onDevice = value;
    }

    public void Add(long value) => Values.Add(value);
}
