using System.Globalization;
using TorchSharp;

namespace Baichuan.Compute.Torch;

/// <summary>The devices that libtorch sees in this process: <c>cpu</c>, and <c>cuda:0</c> up where it was built with CUDA and finds a driver.</summary>
internal static class TorchDevices
{
    private const string CudaPrefix = "cuda:";

    /// <summary>Resolves <see cref="ExecutorOptions.Device"/>.</summary>
    /// <exception cref="ArgumentException">There is no such device.</exception>
    public static torch.Device Find(string name)
    {
        var cudaDevices = torch.cuda.is_available() ? torch.cuda.device_count() : 0;
        if (name == "cpu")
            return torch.CPU;
        if (name.StartsWith(CudaPrefix, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(CudaPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && index < cudaDevices)
        {
            return new torch.Device(DeviceType.CUDA, index);
        }

        var found = string.Join(", ", Enumerable.Range(0, cudaDevices).Select(i => CudaPrefix + i).Prepend("cpu"));
        throw new ArgumentException(
            $"Device \"{name}\" does not exist: this process sees {found}. Choose one of these, or for cuda:n build with -p:TorchBackend=cuda "
            + "and start where the driver shows the device.");
    }
}
