using System.Text;

namespace Rondo.Cli.Tests.Bench;

/// <summary>The measuring client reads what servers send.</summary>
public sealed class LineConnectionTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello")]
    [InlineData("HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 201, "hello")]
    [InlineData("HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n", 429, "")]
    public async Task Answer_OfEitherForm_IsReadWhole(string answer, int status, string body)
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        using var connection = await LineConnection.OpenAsync(listener.LocalEndpoint.ToString()!, TestContext.Current.CancellationToken);
        using var server = await listener.AcceptSocketAsync(TestContext.Current.CancellationToken);
        var sending = Task.Run(
            async () =>
            {
                // Byte by byte: no piece may be taken for granted.
                server.NoDelay = true;
                foreach (var one in Encoding.ASCII.GetBytes(answer))
                {
                    await server.SendAsync(new byte[] { one });
                }
            },
            TestContext.Current.CancellationToken
        );

        var read = connection.ReadHead();
        var text = new StringBuilder();
        ReadOnlySpan<byte> piece;
        while ((piece = connection.ReadBody()).Length > 0)
        {
            text.Append(Encoding.ASCII.GetString(piece));
        }

        Assert.Equal((status, body), (read, text.ToString()));
        await sending;
    }
}
