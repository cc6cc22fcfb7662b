using System.Net;

namespace Baichuan.Cluster.Hosting;

/// <summary>Addresses in settings.</summary>
public static class Address
{
    /// <exception cref="ArgumentException">The text is not an IP address; the message names the setting.</exception>
    public static IPAddress Parse(string setting, string text) => IPAddress.TryParse(text, out var address)
        ? address
        : throw new ArgumentException($"{setting} is \"{text}\"; it must be an IP address, such as 127.0.0.1.");
}
