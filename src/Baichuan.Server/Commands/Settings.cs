namespace Baichuan.Server.Commands;

/// <summary>The options of the serving verbs, by who needs them.</summary>
internal static class Settings
{
    public static readonly IReadOnlyList<Setting> Deployment =
    [
        Setting.Of("--model", "Deployment:ModelFolder", "Folder of the Hugging Face checkpoint."),
        Setting.Of("--model-name", "Deployment:Model", "Name under which clients ask for the model; default: the folder's."),
        Setting.Of("--tensor-parallel", "Deployment:TensorParallel", "T: ranks per stage."),
        Setting.Of("--pipeline-parallel", "Deployment:PipelineParallel", "P: stages."),
        Setting.Of("--replicas", "Deployment:Replicas", "Copies of the model, as far as slots suffice."),
        Setting.Of("--weights", "Deployment:Weights", "Type of the matrices in memory: f32, bf16, int8 or int4."),
        Setting.Of("--kv-cache", "Deployment:KvCache", "Type of cached keys and values: f32 or bf16."),
        Setting.Of("--kv-copies", "Deployment:KvCopies", "Whether ranks keep copies of each other's keys and values, from which streams go on when one is lost: true or false."),
        Setting.Of("--max-sequences", "Deployment:MaxSequences", "Sequences that may run at once in a replica."),
        Setting.Of("--max-batch-rows", "Deployment:MaxBatchRows", "Rows of a step: the token budget of decode and prefill."),
        Setting.Of("--max-waiting", "Deployment:MaxWaiting", "Requests that may wait in a replica."),
        Setting.Of("--max-waiting-per-tenant", "Deployment:MaxWaitingPerTenant", "Those of one tenant."),
        Setting.Of("--max-queue-time", "Deployment:MaxQueueTime", "A request that would wait for longer is refused, unless it is batch work (hh:mm:ss)."),
        Setting.Of("--prefix-cache", "Deployment:PrefixCache", "Whether requests start from what earlier ones of their tenant left: true or false."),
        Setting.Of("--max-context", "Deployment:MaxContext", "Most tokens of a request; default: the model's limit."),
        Setting.Of("--step-timeout", "Deployment:StepTimeout", "By when a step must be done (hh:mm:ss)."),
    ];

    public static readonly IReadOnlyList<Setting> Slots =
    [
        Setting.Of("--slots", "Slots:Count", "Device places of a silo, one shard each."),
        Setting.Of("--kv-bytes", "Slots:KvCacheBytes", "Bytes of a slot's KV pools."),
        Setting.Of("--memory-bytes", "Slots:MemoryBytes", "Bytes that a slot may take for weights and KV pools, should a replica be cut into fewer shards; default: its share of the memory."),
        Setting.Of("--executor", "Slots:Executor", "cpu (own kernels) or torch (TorchSharp)."),
        Setting.Of("--device", "Slots:Device", "Device of slot 0: cpu or cuda:n."),
        Setting.Of("--threads", "Slots:Threads", "Compute threads of a silo process; default: its share of the cores."),
        Setting.Of("--cores", "Slots:Cores", "Cores that the compute threads keep to, such as 0-1; default: the embedded silos share them out, others take any."),
        Setting.Of("--spin", "Slots:Spin", "true: spin briefly before blocking on peers; for shards with a core each."),
        Setting.Of("--data-address", "Slots:DataAddress", "Address of the data channels."),
        Setting.Of("--data-port", "Slots:DataPort", "Port of the data channels; default: any free one."),
        Setting.Of("--vital-port", "Slots:VitalPort", "Port by which other silos see this process end; default: any free one."),
    ];

    public static readonly IReadOnlyList<Setting> Silo =
    [
        Setting.Of("--silo-name", "Silo:Name", "Name of this silo in the membership table; default: one is made."),
        Setting.Of("--silo-address", "Silo:Address", "Address of this silo."),
        Setting.Of("--silo-port", "Silo:Port", "Port between silos; default: any free one."),
        Setting.Of("--silo-gateway-port", "Silo:GatewayPort", "Port for gateways; default: any free one."),
        Setting.Of("--silo-metrics-port", "Silo:MetricsPort", "Port of the silo's /metrics; default: any free one."),
        Setting.Of("--silo-health-port", "Silo:HealthPort", "Port of grpc.health.v1 for probes; default: none."),
    ];

    public static readonly IReadOnlyList<Setting> Cluster =
    [
        Setting.Of("--cluster-id", "Silo:ClusterId", "Id that silos and gateways of one cluster share."),
        Setting.Of("--store", "Silo:Store", "Where membership and grain state lie: sqlite, redis or postgres."),
        Setting.Of("--store-connection", "Silo:StoreConnection", "How to reach a store that is a server, such as redis:6379; with a password, better in the environment."),
        Setting.Of("--state-file", "Silo:StateFile", "SQLite file with membership and grain state, shared on one machine."),
        Setting.Of("--tls-certificate", "Tls:CertificateFile", "PEM file of this process's certificate for others of the cluster; makes calls and data channels speak TLS."),
        Setting.Of("--tls-certificate-key", "Tls:CertificateKeyFile", "PEM file of its private key."),
        Setting.Of("--tls-authority", "Tls:AuthorityFile", "PEM file of the authority that signs for processes of this cluster alone."),
    ];

    public static readonly IReadOnlyList<Setting> Gateway =
    [
        Setting.Of("--address", "Gateway:BindAddress", "Address of the gateway."),
        Setting.Of("--grpc-port", "Gateway:GrpcPort", "Port of gRPC."),
        Setting.Of("--metrics-port", "Gateway:MetricsPort", "Port of the gateway's /metrics."),
        Setting.Of("--http-port", "Gateway:HttpPort", "Port of OpenAI's API over HTTP: /v1/chat/completions, /v1/completions, /v1/models; default: none."),
        Setting.Of("--console", "Gateway:Console", "true: a page for operators at /console/ of the HTTP port; default: false, but true in the embedded mode."),
        Setting.Of("--health-port", "Gateway:HealthPort", "Port of grpc.health.v1 alone, for probes; default: none."),
        Setting.Of("--certificate", "Gateway:CertificateFile", "PEM file of the gateway's certificate and those that lead to its root; makes gRPC speak TLS."),
        Setting.Of("--certificate-key", "Gateway:CertificateKeyFile", "PEM file of its private key."),
        Setting.Of("--routing", "Gateway:Routing", "Which replica gets a request: cache-aware or round-robin."),
    ];
}
