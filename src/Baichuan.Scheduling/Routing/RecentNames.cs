namespace Baichuan.Scheduling.Routing;

/// <summary>The names that were seen last, a bounded number of them.</summary>
internal sealed class RecentNames(int most)
{
    private readonly Dictionary<UInt128, LinkedListNode<UInt128>> _names = [];
    private readonly LinkedList<UInt128> _order = new(); // the one seen last first

    public int Count => _names.Count;

    public bool Contains(UInt128 name) => _names.ContainsKey(name);

    public void See(UInt128 name)
    {
        if (_names.TryGetValue(name, out var node))
        {
            _order.Remove(node);
        }
        else
        {
            if (_names.Count == most)
            {
                node = _order.Last!;
                _order.RemoveLast();
                _names.Remove(node.Value);
                node.Value = name;
            }

            _names.Add(name, node ??= new LinkedListNode<UInt128>(name));
        }

        _order.AddFirst(node);
    }

    public void Clear()
    {
        _names.Clear();
        _order.Clear();
    }
}
