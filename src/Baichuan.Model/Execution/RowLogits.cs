using System.Runtime.InteropServices;

namespace Baichuan.Model.Execution;

/// <summary>Names a row whose logits are returned; row i of the list is row i of <see cref="StepResult.Logits"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public record struct RowLogits(int Sequence, int Position);
