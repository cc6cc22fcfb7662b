using System.Buffers.Binary;
using System.Text;

namespace Baichuan.Compute.Torch.Native;

/// <summary>
/// The symbol versions that a shared library needs from others: section SHT_GNU_verneed of a 64-bit little-endian ELF image (Linux Standard Base
/// Core, "Symbol Versioning"). Each Verneed entry names a library and heads a list of Vernaux entries, one per version.
/// </summary>
internal static class ElfVersionNeeds
{
    private const int SectionHeaderOffset = 0x28;
    private const int SectionHeaderSize = 0x3A;
    private const int SectionCount = 0x3C;
    private const uint GnuVersionNeeds = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>Sets the weak flag (VER_FLG_WEAK) on every need of <paramref name="version"/>: the loader then goes on where the version is missing.</summary>
    /// <returns>How many needs were not weak before.</returns>
    /// <exception cref="InvalidDataException">The image is not a complete 64-bit little-endian ELF file with section headers.</exception>
    public static int Weaken(Span<byte> image, string version)
    {
        if (image.Length < 0x40 || !image.StartsWith("\u007fELF\u0002\u0001"u8))
            throw new InvalidDataException("it is not a 64-bit little-endian ELF file");
        try
        {
            var sections = (int)BinaryPrimitives.ReadUInt64LittleEndian(image[SectionHeaderOffset..]);
            var size = BinaryPrimitives.ReadUInt16LittleEndian(image[SectionHeaderSize..]);
            var count = BinaryPrimitives.ReadUInt16LittleEndian(image[SectionCount..]);
            var weakened = 0;
            for (var i = 0; i < count; i++)
            {
                var section = SectionHeader.Read(image[(sections + (i * size))..]);
                if (section.Type != GnuVersionNeeds)
                    continue;
                var names = SectionHeader.Read(image[(sections + (section.Link * size))..]);
                var needs = image.Slice(section.Offset, section.Size);
                weakened += Weaken(needs, section.Entries, image.Slice(names.Offset, names.Size), Encoding.ASCII.GetBytes(version));
            }

            return weakened;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException("its section headers point outside the file", e);
        }
    }

    private static int Weaken(Span<byte> needs, int libraries, ReadOnlySpan<byte> names, ReadOnlySpan<byte> version)
    {
        var weakened = 0;
        for (int i = 0, need = 0; i < libraries; i++)
        {
            var versions = BinaryPrimitives.ReadUInt16LittleEndian(needs[(need + 2)..]);
            var entry = need + BinaryPrimitives.ReadInt32LittleEndian(needs[(need + 8)..]);
            for (var j = 0; j < versions; j++)
            {
                var flags = BinaryPrimitives.ReadUInt16LittleEndian(needs[(entry + 4)..]);
                var name = names[BinaryPrimitives.ReadInt32LittleEndian(needs[(entry + 8)..])..];
                if ((flags & Weak) == 0 && name[..name.IndexOf((byte)0)].SequenceEqual(version))
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(needs[(entry + 4)..], (ushort)(flags | Weak));
                    weakened++;
                }

                entry += BinaryPrimitives.ReadInt32LittleEndian(needs[(entry + 12)..]);
            }

            need += BinaryPrimitives.ReadInt32LittleEndian(needs[(need + 12)..]);
        }

        return weakened;
    }

    /// <param name="Link">The section of the names.</param>
    /// <param name="Entries">Verneed entries in the section.</param>
    private readonly record struct SectionHeader(uint Type, int Offset, int Size, int Link, int Entries)
    {
        public static SectionHeader Read(ReadOnlySpan<byte> header) => new(
            BinaryPrimitives.ReadUInt32LittleEndian(header[0x04..]),
            (int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x18..]),
            (int)BinaryPrimitives.ReadUInt64LittleEndian(header[0x20..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[0x28..]),
            BinaryPrimitives.ReadInt32LittleEndian(header[0x2C..]));
    }
}
