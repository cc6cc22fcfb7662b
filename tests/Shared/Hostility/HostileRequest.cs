namespace Baichuan.Testing.Hostility;

/// <summary>A request that no honest client sends.</summary>
/// <param name="Kind">What is wrong with it, for reports.</param>
/// <param name="Way">How it is sent.</param>
/// <param name="Target">Path of the method; of a raw one nothing.</param>
/// <param name="Body">What follows the head, or of a raw one all that is sent.</param>
/// <param name="Headers">Besides the ones that every request of its way has; an empty value leaves a header out.</param>
/// <param name="BreaksFraming">It is no gRPC message in a frame: INTERNAL is right.</param>
internal sealed record HostileRequest(string Kind, HostileWay Way, string Target, byte[] Body, (string Name, string Value)[] Headers, bool BreaksFraming = false);
