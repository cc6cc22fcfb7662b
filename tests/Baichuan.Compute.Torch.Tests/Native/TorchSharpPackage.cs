namespace Baichuan.Compute.Torch.Tests.Native;

/// <summary>TorchSharp's Linux library as its package brings it; the copy beside the tests is mended by the tests' own use of torch.</summary>
internal static class TorchSharpPackage
{
    public static byte[] Library() => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "package", "libLibTorchSharp.so"));
}
