using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>A token and the natural logarithm of its probability.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct TokenLogprob(int Token, float Logprob);
