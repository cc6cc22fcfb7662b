namespace Baichuan.Model.Plan;

/// <summary>The model cannot be cut as asked; the message says which number is wrong, its limit and what to choose instead.</summary>
public sealed class PlanException(string message) : Exception(message);
