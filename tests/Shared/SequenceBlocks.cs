using Baichuan.Model;

namespace Baichuan.Testing;

/// <summary>The block ids that a sequence holds, by layer kind and position / 16.</summary>
public sealed class SequenceBlocks
{
    private readonly List<int>[] _ids = [[], []];

    public List<int> Of(LayerKind kind) => _ids[(int)kind];
}
