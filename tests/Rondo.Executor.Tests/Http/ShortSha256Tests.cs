using System.Security.Cryptography;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Tests.Http;

public class ShortSha256Tests
{
    [Fact]
    public void Hash_AnyLength_IsThatOfTheSystem()
    {
        var random = new Random(1);
        var hash = new byte[SHA256.HashSizeInBytes];
        for (var length = 0; length <= 300; length++)
        {
            var data = new byte[length];
            random.NextBytes(data);

            ShortSha256.Hash(data, hash);

            Assert.Equal(SHA256.HashData(data), hash);
        }
    }
}
