namespace Baichuan.Cli.Bench.Planning;

internal enum Workload
{
    /// <summary>Prompts that have nothing in common.</summary>
    Random,

    /// <summary>Prompts in groups that begin alike, each with a tail of its own; the prefix_repetition data set of <c>vllm bench serve</c>.</summary>
    SharedPrefix,

    /// <summary>Conversations: every turn sends the whole history, answers included.</summary>
    MultiTurn,
}
