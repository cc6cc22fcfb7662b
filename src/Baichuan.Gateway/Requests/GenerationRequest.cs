using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Baichuan.Cluster.Abstractions.Streams;
using Baichuan.Gateway.Sessions;
using Baichuan.Gateway.Telemetry;
using Baichuan.Gateway.Tenants;
using Baichuan.Model;
using Baichuan.Model.Execution;

namespace Baichuan.Gateway.Requests;

/// <summary>A checked request with nothing left open. Immutable. A record that prints nothing: its tokens are nobody's to see.</summary>
internal sealed record GenerationRequest
{
    /// <summary>The client's, or the gateway's own.</summary>
    public required string Id { get; init; }

    public required Tenant Tenant { get; init; }

    public required RequestClass Class { get; init; }

    /// <summary>Token ids, at least one.</summary>
    public required int[] Prompt { get; init; }

    public required int MaxTokens { get; init; }

    public required SamplingSettings Sampling { get; init; }

    /// <summary>End-of-text among them, unless it is ignored.</summary>
    public required IReadOnlyList<int> StopTokens { get; init; }

    /// <summary>Each token once.</summary>
    public required TokenBias[] Biases { get; init; }

    public required IReadOnlyList<string> StopStrings { get; init; }

    /// <summary>How likely the prompt's tokens are is asked for.</summary>
    public required bool ScoresPrompt { get; init; }

    /// <summary>Completions that are asked for.</summary>
    public required int Choices { get; init; }

    /// <summary>Where a stream that broke goes on, each choice of it; empty: it is new.</summary>
    public IReadOnlyList<ResumePoint> Resume { get; init; } = [];

    /// <summary>The profile of the tokens that its client has; empty: it has none.</summary>
    public string Profile { get; init; } = "";

    /// <summary>The turn of a session that it is; null: none.</summary>
    public SessionTurn? Turn { get; init; }

    /// <summary>One of its completions, as a request for that alone. It draws with a seed of its own, and has an id that no client can give.</summary>
    public GenerationRequest Choice(int index) => Choices == 1 ? this : this with
    {
        Id = index == 0 ? Id : $"{Id}#{index}",
        Sampling = Sampling with { Seed = unchecked(Sampling.Seed + (ulong)index) },
        ScoresPrompt = ScoresPrompt && index == 0,
        Resume = Resume.Count == 0 ? [] : [Resume[index]],
        Choices = 1,
    };

    /// <summary>A SHA-256 of all that its answer follows from: two requests of one id are the same request if and only if they agree here.</summary>
    public byte[] Fingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        void Add(ReadOnlySpan<byte> bytes)
        {
            hash.AppendData(BitConverter.GetBytes(bytes.Length));
            hash.AppendData(bytes);
        }

        Add(MemoryMarshal.AsBytes<int>(Prompt));
        Add(MemoryMarshal.AsBytes([Sampling]));
        Add(BitConverter.GetBytes(MaxTokens));
        Add(BitConverter.GetBytes(Choices));
        Add(MemoryMarshal.AsBytes<int>(StopTokens.ToArray()));
        Add(MemoryMarshal.AsBytes<TokenBias>(Biases));
        foreach (var stop in StopStrings)
            Add(Encoding.UTF8.GetBytes(stop));
        return hash.GetHashAndReset();
    }

    /// <summary>What a replica gets.</summary>
    /// <param name="submission">A name for this submission alone: a replica can never take it for an earlier one whose answer was lost.</param>
    /// <param name="profile">The only one that may compute it; empty: any.</param>
    public SubmitRequest ToSubmit(string submission, string gateway, ReadOnlySpan<int> generated, string profile, DateTimeOffset? deadline) => new()
    {
        RequestId = submission,
        ClientRequestId = Id,
        Gateway = gateway,
        Prompt = MemoryMarshal.AsBytes<int>(Prompt).ToArray(),
        Generated = MemoryMarshal.AsBytes(generated).ToArray(),
        MaxTokens = MaxTokens,
        Sampling = MemoryMarshal.AsBytes([Sampling]).ToArray(),
        StopTokens = StopTokens,
        Biases = MemoryMarshal.AsBytes<TokenBias>(Biases).ToArray(),
        Profile = profile,
        Deadline = deadline,
        Tenant = Tenant.Name,
        Class = Class,
        TraceParent = GatewayTracing.Context,
        ScoresPrompt = ScoresPrompt && generated.IsEmpty, // it came before the first token
    };

    private bool PrintMembers(StringBuilder _) => false;
}
