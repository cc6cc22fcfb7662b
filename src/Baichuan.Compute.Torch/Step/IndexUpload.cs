using System.Runtime.InteropServices;
using TorchSharp;

namespace Baichuan.Compute.Torch.Step;

/// <summary>Index lists that are filled on the host and brought to the device in one transfer per step. Reused from step to step.</summary>
internal sealed class IndexUpload(torch.Device device)
{
    private readonly List<IndexList> _lists = [];

    public IndexList NewList()
    {
        var list = new IndexList();
        _lists.Add(list);
        return list;
    }

    /// <summary>Sends what the lists hold and empties them on the host. What is on the device lives as long as the caller's dispose scope.</summary>
    public void Send()
    {
        var count = 0;
        foreach (var list in _lists)
            count += list.Values.Count;
        using var host = torch.empty([count], dtype: torch.ScalarType.Int64);
        var room = MemoryMarshal.Cast<byte, long>(host.bytes);
        foreach (var list in _lists)
        {
            CollectionsMarshal.AsSpan(list.Values).CopyTo(room);
            room = room[list.Values.Count..];
        }

        var sent = host.to(device, copy: true);
        var start = 0;
        foreach (var list in _lists)
        {
            list.OnDevice = sent.narrow(0, start, list.Values.Count);
            start += list.Values.Count;
            list.Values.Clear();
        }
    }
}
