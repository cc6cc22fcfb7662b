namespace Baichuan.Model.Plan;

/// <summary>How keys and values are kept in the cache.</summary>
public enum KvType
{
    F32,
    BF16,
}
