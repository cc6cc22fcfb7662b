using System.Net.Security;

namespace Baichuan.Compute.Channels;

/// <summary>How the processes of a cluster prove themselves on data channels, where these are to speak TLS. Asked for at every handshake, on any thread, so that renewed certificates are taken up.</summary>
/// <param name="Answering">What a listener shows and asks for; a certificate of the caller has to be part of it.</param>
/// <param name="Calling">What a caller shows and asks for.</param>
public sealed record ChannelTls(Func<SslServerAuthenticationOptions> Answering, Func<SslClientAuthenticationOptions> Calling);
