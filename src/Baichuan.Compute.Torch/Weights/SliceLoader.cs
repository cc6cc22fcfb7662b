using Baichuan.Model.Checkpoint;
using Baichuan.Model.Plan;
using TorchSharp;

namespace Baichuan.Compute.Torch.Weights;

/// <summary>
/// Copies a shard's slices from the checkpoint to the device through one host tile of some rows, so that loading needs the device tensor and the tile,
/// never a second copy of a tensor. Lives while a shard loads.
/// </summary>
internal sealed class SliceLoader(ModelCheckpoint checkpoint, Shard shard, torch.Device device, CancellationToken cancellation)
{
    private const int TileElements = 4 << 20; // 16 MiB of f32

    private readonly Dictionary<string, TensorSlice> _slices = shard.Tensors.ToDictionary(t => t.Name);

    /// <summary>A matrix [rows, columns] in the type that the shard keeps matrices in.</summary>
    public torch.Tensor Matrix(string name, torch.ScalarType type) => Load(name, type);

    /// <summary>Norm weights [length], always f32.</summary>
    public torch.Tensor Vector(string name)
    {
        using var scope = torch.NewDisposeScope();
        return Load(name, torch.ScalarType.Float32).flatten().MoveToOuterDisposeScope();
    }

    /// <summary>The factors of the short convolution of keys and of values, always f32:
    /// [2 (previous, current position), 2 (keys, values), kvHeads, 1].</summary>
    public torch.Tensor Convolutions(string keys, string values)
    {
        using var scope = torch.NewDisposeScope();
        torch.Tensor[] both = [Load(keys, torch.ScalarType.Float32), Load(values, torch.ScalarType.Float32)];
        return torch.stack(both).permute(2, 0, 1).contiguous().unsqueeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>The head [rows, hidden] and the f32 scale [rows] = 1 / max(||row||, 1e-12), taken from the checkpoint's values, before they are rounded
    /// to <paramref name="type"/>.</summary>
    public (torch.Tensor Rows, torch.Tensor Scale) Head(string name, torch.ScalarType type)
    {
        var scale = torch.empty([_slices[name].RowCount], dtype: torch.ScalarType.Float32, device: device);
        var rows = Load(name, type, (first, tile) =>
        {
            var norm = torch.linalg.vector_norm(tile.to_type(torch.ScalarType.Float64), 2, [1]);
            scale.narrow(0, first, tile.shape[0]).copy_(norm.clamp_min(1e-12).reciprocal());
        });
        return (rows, scale);
    }

    private torch.Tensor Load(string name, torch.ScalarType type, Action<int, torch.Tensor>? onTile = null)
    {
        var slice = _slices[name];
        var (rows, columns) = (slice.RowCount, slice.Columns.Count);
        var tensor = torch.empty([rows, columns], dtype: type, device: device);
        var tileRows = Math.Max(1, TileElements / Math.Max(1, columns));
        using var scope = torch.NewDisposeScope();
        var tile = torch.empty([Math.Min(rows, tileRows), columns], dtype: torch.ScalarType.Float32);
        for (var first = 0; first < rows && columns > 0; first += tileRows)
        {
            cancellation.ThrowIfCancellationRequested();
            using var tileScope = torch.NewDisposeScope();
            var part = tile.narrow(0, 0, Math.Min(tileRows, rows - first));
            checkpoint.ReadRows(slice, first, (int)part.shape[0], HostMemory.Floats(part));
            tensor.narrow(0, first, part.shape[0]).copy_(part);
            onTile?.Invoke(first, part);
        }

        return tensor;
    }
}
