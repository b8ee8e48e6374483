using System.Buffers.Binary;
using System.Security.Cryptography;
using Rondo.Core;
using Rondo.Wire;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Tells a repetition of a request from another one: of what was read, so that white space and the order of fields do not count.</summary>
internal static class SubmissionDigest
{
    /// <summary>Up to so many bytes are hashed here; from there on the speed of the system's own is worth loading it.</summary>
    private const int ShortMaxBytes = 16 << 10;

    private static readonly JobId _anyId = new(ExecutorId.Parse("a"), 1);

    /// <summary>The terms with their digest, if they have a key to be known by.</summary>
    public static JobTerms WithDigest(this JobTerms terms, JobContent content) =>
        terms.IdempotencyKey is null ? terms : terms with { Digest = Of(terms, content) };

    /// <summary>The first bytes of a SHA-256; never 0.</summary>
    public static ulong Of(JobTerms terms, JobContent content)
    {
        var record = RecordCodec.Encode(new Record.Accepted(_anyId, DateTimeOffset.UnixEpoch, terms, JobContent.Empty));
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, content.Definition.Length);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        if ((long)record.Length + content.Definition.Length + content.Input.Length <= ShortMaxBytes)
        {
            ShortSha256.Hash([.. record, .. length, .. content.Definition.Span, .. content.Input.Span], hash);
        }
        else
        {
            using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            all.AppendData(record);
            all.AppendData(length);
            all.AppendData(content.Definition.Span);
            all.AppendData(content.Input.Span);
            all.GetHashAndReset(hash);
        }

        var digest = BinaryPrimitives.ReadUInt64LittleEndian(hash);
        return digest == 0 ? 1 : digest;
    }
}
