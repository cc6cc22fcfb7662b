namespace Baichuan.Gateway.Requests;

/// <summary>Where a stream goes on.</summary>
/// <param name="Next">Index in the completion of the next token.</param>
/// <param name="Received">The tokens before it; none: they are computed again.</param>
internal sealed record ResumePoint(int Next, int[] Received);
