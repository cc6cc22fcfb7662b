namespace Baichuan.Model.Checkpoint;

/// <summary>Names and sizes of the stored types, as safetensors headers write them.</summary>
internal static class StoredTypes
{
    public const string Names = "F32, BF16 or F16";

    public static int BytesOf(StoredType type) => type == StoredType.F32 ? 4 : 2;

    public static string NameOf(StoredType type) => type switch
    {
        StoredType.F32 => "F32",
        StoredType.BF16 => "BF16",
        _ => "F16",
    };

    public static bool TryParse(string name, out StoredType type)
    {
        type = name switch
        {
            "BF16" => StoredType.BF16,
            "F16" => StoredType.F16,
            _ => StoredType.F32,
        };
        return NameOf(type) == name;
    }
}
