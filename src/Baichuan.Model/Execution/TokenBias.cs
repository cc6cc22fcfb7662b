using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>Is added to a token's logit before everything else; -100 to 100.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct TokenBias(int Token, float Bias);
