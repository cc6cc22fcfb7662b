namespace Baichuan.Gateway.Generation;

/// <summary>Nothing can be written to this client any more: it went, or it did not read for too long and was cut off.</summary>
internal sealed class ClientLostException(string message, Exception? cause = null) : Exception(message, cause);
