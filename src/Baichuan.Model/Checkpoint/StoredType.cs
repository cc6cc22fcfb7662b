namespace Baichuan.Model.Checkpoint;

/// <summary>How a checkpoint stores a tensor's numbers, little-endian.</summary>
public enum StoredType
{
    F32,
    BF16,
    F16,
}
