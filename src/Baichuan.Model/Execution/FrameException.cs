namespace Baichuan.Model.Execution;

/// <summary>A frame is not what its header says; a fault of the sender, never of a user's input.</summary>
public sealed class FrameException(string message) : Exception(message);
