using Baichuan.Model;

namespace Baichuan.Scheduling.Queueing;

/// <summary>How many requests wait, and how many prompt tokens they have, by class.</summary>
internal sealed class QueueLoad
{
    private const int Classes = 3;

    private readonly int[] _requests = new int[Classes];
    private readonly long[] _tokens = new long[Classes];

    public ClassCounts Requests => new(_requests[0], _requests[1], _requests[2]);

    public void Add(SequenceRequest request) => Change(request, 1);

    public void Remove(SequenceRequest request) => Change(request, -1);

    /// <summary>What a request of this class would wait behind: its own class and more urgent ones.</summary>
    public (int Requests, long Tokens) Before(RequestClass requestClass)
    {
        var (requests, tokens) = (0, 0L);
        for (var i = 0; i <= (int)requestClass; i++)
            (requests, tokens) = (requests + _requests[i], tokens + _tokens[i]);
        return (requests, tokens);
    }

    private void Change(SequenceRequest request, int sign)
    {
        _requests[(int)request.Class] += sign;
        _tokens[(int)request.Class] += sign * request.Prompt.Length;
    }
}
