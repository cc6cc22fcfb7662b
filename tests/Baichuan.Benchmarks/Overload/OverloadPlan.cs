namespace Baichuan.Benchmarks.Overload;

/// <summary>What an overload is made of.</summary>
/// <param name="Rounds">How many times it comes, with a look at the peak before and after each: a shared machine is not as fast all the time.</param>
/// <param name="Time">How long it lasts.</param>
/// <param name="Times">How many times the peak goodput arrives.</param>
/// <param name="MaxWaiting">Requests that wait for a place.</param>
/// <param name="Prompt">Tokens of a prompt: the least and the most, all equally likely.</param>
/// <param name="Completion">Tokens of a completion, likewise.</param>
internal sealed record OverloadPlan(int Rounds, TimeSpan Time, int Times, int MaxWaiting, int[] Prompt, int[] Completion);
