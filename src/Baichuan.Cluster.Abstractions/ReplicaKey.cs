using System.Globalization;

namespace Baichuan.Cluster.Abstractions;

/// <summary>The key of a replica grain: model name and replica number.</summary>
public readonly record struct ReplicaKey(string Model, int Index)
{
    /// <exception cref="FormatException">The text is not such a key.</exception>
    public static ReplicaKey Parse(string key)
    {
        var slash = key.LastIndexOf('/');
        return slash > 0 && int.TryParse(key.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? new(key[..slash], index)
            : throw new FormatException($"\"{key}\" is not a replica key; expected model/number.");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Model}/{Index}");
}
