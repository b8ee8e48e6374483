namespace Rondo.Fuzz;

/// <summary>Damages valid input in the ways in which parsers break.</summary>
/// <param name="valid">What is understood.</param>
/// <param name="words">What means something to the parser, to be put anywhere.</param>
internal sealed class Mutator(byte[][] valid, byte[][] words)
{
    private const int MaxBytes = 4096;

    private static readonly byte[][] Edges =
    [
        [0],
        [0xFF],
        [0x7F],
        [0x80],
        [0xFF, 0xFF, 0xFF, 0xFF, 0x07],
        [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
        [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80],
        [0xED, 0xA0, 0x80],
    ];

    public byte[] Next(Random random)
    {
        if (random.Next(16) == 0)
        {
            var noise = new byte[random.Next(80)];
            random.NextBytes(noise);
            return noise;
        }

        var bytes = new List<byte>(valid[random.Next(valid.Length)]);
        do
        {
            Change(bytes, random);
        } while (random.Next(3) == 0);

        return bytes.Count > MaxBytes ? [.. bytes[..MaxBytes]] : [.. bytes];
    }

    private void Change(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var length = random.Next(Math.Min(bytes.Count - at, 64) + 1);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 4:
                bytes.InsertRange(at, Edges[random.Next(Edges.Length)]);
                break;
            case 5 when words.Length > 0:
                bytes.InsertRange(at, words[random.Next(words.Length)]);
                break;
            case 6:
                // The head of one and the tail of another.
                var other = valid[random.Next(valid.Length)];
                bytes.RemoveRange(at, bytes.Count - at);
                bytes.AddRange(other.AsSpan(random.Next(other.Length + 1)));
                break;
            case 7:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                // The same again and again: deep nesting, long lists.
                var part = bytes.GetRange(at, Math.Min(length, 8));
                for (var times = random.Next(300); times > 0 && bytes.Count < MaxBytes; times--)
                {
                    bytes.InsertRange(at, part);
                }

                break;
        }
    }
}
