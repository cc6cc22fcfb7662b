using System.Collections.Concurrent;
using Baichuan.Gateway.Requests;
using Baichuan.Model;

namespace Baichuan.Gateway.Generation;

/// <summary>What all replicas refused a moment ago for want of room, and so would again: under many times the load that is served, asking them for each request takes processor time from those that are served. Thread-safe.</summary>
internal sealed class RecentRefusals(TimeProvider time)
{
    /// <summary>For so long a refusal speaks for others, or for as long as it asked to wait, if that is less. A place that empties meanwhile is taken after it; until then the queue is all but full.</summary>
    public static readonly TimeSpan Validity = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<(string Tenant, RequestClass Class), Entry> _last = []; // as many as there are tenants, a few times

    public void Add(GenerationRequest request, RefusedException refusal) =>
        _last[(request.Tenant.Name, request.Class)] = new Entry(refusal, request.Prompt.Length, time.GetTimestamp());

    /// <summary>The refusal of a request of the same tenant and class, that was no longer; null: there was none of late.</summary>
    public RefusedException? Find(GenerationRequest request) =>
        _last.TryGetValue((request.Tenant.Name, request.Class), out var last) && request.Prompt.Length >= last.PromptTokens && time.GetElapsedTime(last.At) is var age && age < Validity && !(age >= last.Refusal.RetryAfter)
            ? new RefusedException(last.Refusal.Code, last.Refusal.Message) { RetryAfter = last.Refusal.RetryAfter }
            : null;

    private sealed record Entry(RefusedException Refusal, int PromptTokens, long At);
}
