using System.ComponentModel.DataAnnotations;
using Baichuan.Model.Plan;

namespace Baichuan.Cluster;

/// <summary>What is deployed: one model, how it is cut, and how large its replicas are. The same on every silo.</summary>
public sealed class DeploymentOptions : IValidatableObject
{
    /// <summary>Folder of the Hugging Face checkpoint, readable by this process.</summary>
    [Required(ErrorMessage = "Deployment:ModelFolder is not set; name the folder of a Hugging Face checkpoint.")]
    public string ModelFolder { get; set; } = "";

    /// <summary>Name under which clients ask for the model.</summary>
    [Required(ErrorMessage = "Deployment:Model is not set; it is the name under which clients ask for the model.")]
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]{0,62}", ErrorMessage = "Deployment:Model must be 1 to 63 letters, digits, dots, dashes or underscores.")]
    public string Model { get; set; } = "";

    /// <summary>T: ranks per stage.</summary>
    [Range(1, 1024)]
    public int TensorParallel { get; set; } = 1;

    /// <summary>P: stages.</summary>
    [Range(1, 1024)]
    public int PipelineParallel { get; set; } = 1;

    /// <summary>Copies of the model, as far as slots suffice.</summary>
    [Range(1, 1024)]
    public int Replicas { get; set; } = 1;

    /// <summary>Type of the matrices in memory; not set: the one that keeps every stored value exactly.</summary>
    public WeightType? Weights { get; set; }

    /// <summary>Type of cached keys and values.</summary>
    public KvType KvCache { get; set; } = KvType.F32;

    /// <summary>Each rank keeps a copy of another's keys and values, where ranks come in pairs (T is even) and the executor can (<c>cpu</c>): when a shard is lost, streams go on from the copy, and what they have is not computed again.
    /// Costs half of the positions that <c>Slots:KvCacheBytes</c> holds.</summary>
    public bool KvCopies { get; set; } = true;

    /// <summary>Sequences that may run at once in a replica.</summary>
    [Range(1, 4096)]
    public int MaxSequences { get; set; } = 32;

    /// <summary>Rows of a step: the token budget that decode and prefill share.</summary>
    [Range(1, 65536)]
    public int MaxBatchRows { get; set; } = 256;

    /// <summary>Requests that may wait in a replica, of a new one's class and more urgent ones; more are refused.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaiting { get; set; } = 256;

    /// <summary>Prompt tokens that these may have together.</summary>
    [Range(1, int.MaxValue)]
    public int MaxWaitingTokens { get; set; } = 1 << 18;

    /// <summary>As <see cref="MaxWaiting"/>, of one tenant.</summary>
    [Range(1, 1_000_000)]
    public int MaxWaitingPerTenant { get; set; } = 128;

    /// <summary>As <see cref="MaxWaitingTokens"/>, of one tenant.</summary>
    [Range(1, int.MaxValue)]
    public int MaxWaitingTokensPerTenant { get; set; } = 1 << 17;

    /// <summary>A request is refused, unless it is batch work, where those that it would wait behind in a replica will take longer than this, as the queue has been emptying: nobody
    /// who is let in waits for much longer for the first word.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan MaxQueueTime { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Shares of tenants that have requests waiting at the same time, above 0; a tenant that is not named has 1.</summary>
    public Dictionary<string, double> TenantWeights { get; set; } = [];

    /// <summary>Keep the KV blocks that requests leave, so that later ones of the same tenant that begin alike start from them. The answers are the same. Without it a lost shard or coordinator costs a replay of everything.</summary>
    public bool PrefixCache { get; set; } = true;

    /// <summary>Most tokens of a request, prompt and completion together; 0 takes the model's own limit.</summary>
    [Range(0, 1 << 24)]
    public int MaxContext { get; set; }

    /// <summary>A gateway that was just told of tokens is told of the next ones after this time, but for the first of a stream and ends: fast steps are handed on two or three at
    /// once, and with one stage ordered as many at once, up to four, as take half of it, or 25 ms. 0: every step is handed on, and ordered, by itself.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan DeliveryInterval { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>How long the operations of one step may take together; a peer that is silent for longer is lost.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan StepTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => TenantWeights
        .Where(weight => !(weight.Value > 0 && double.IsFinite(weight.Value)))
        .Select(weight => new ValidationResult($"Deployment:TenantWeights:{weight.Key} is {weight.Value}; a weight is a number above 0."));
}
