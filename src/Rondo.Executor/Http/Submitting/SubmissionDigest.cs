using System.Buffers.Binary;
using System.Security.Cryptography;
using Rondo.Core;
using Rondo.Wire;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Tells a repetition of a request from another one: of what was read, so that white space and the order of fields do not count.</summary>
internal static class SubmissionDigest
{
    private static readonly JobId _anyId = new(ExecutorId.Parse("a"), 1);

    /// <summary>The terms with their digest, if they have a key to be known by.</summary>
    public static JobTerms WithDigest(this JobTerms terms, JobContent content) =>
        terms.IdempotencyKey is null ? terms : terms with { Digest = Of(terms, content) };

    /// <summary>The first bytes of a SHA-256; never 0.</summary>
    public static ulong Of(JobTerms terms, JobContent content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(RecordCodec.Encode(new Record.Accepted(_anyId, DateTimeOffset.UnixEpoch, terms, JobContent.Empty)));
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, content.Definition.Length);
        hash.AppendData(length);
        hash.AppendData(content.Definition.Span);
        hash.AppendData(content.Input.Span);
        var digest = BinaryPrimitives.ReadUInt64LittleEndian(hash.GetHashAndReset());
        return digest == 0 ? 1 : digest;
    }
}
