namespace Baichuan.Compute.Cpu.Weights;

/// <summary>The columns of a matrix that belong to one reduction group: [rows, Columns], row after row, on their own.</summary>
/// <param name="FirstColumn">Where its inputs stand in a row of activations.</param>
/// <param name="Columns">May be 0: the group then adds +0.</param>
/// <param name="Data">f32 or bf16 values in native memory.</param>
internal readonly record struct ColumnGroup(int FirstColumn, int Columns, nint Data);
