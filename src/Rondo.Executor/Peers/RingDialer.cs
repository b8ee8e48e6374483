using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>Opens streams to other executors.</summary>
internal sealed class RingDialer(Introduced self, CancellationToken stopping)
{
    /// <summary>How long connecting and the introduction may take together.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>How long a link is silent before it is tested, and how long the test may take.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long connecting alone may take. Shorter than the pause between greetings to an executor that is missed: each of them tries
    /// anew, or the end of a partition would be noticed only by the next packet of an old try, which come ever more rarely.
    /// </summary>
    public static readonly TimeSpan ConnectPatience = TimeSpan.FromMilliseconds(700);

    /// <summary>Opens a stream to the executor at this address.</summary>
    /// <exception cref="IntroductionException">Somebody is there that this executor cannot talk to.</exception>
    /// <exception cref="RpcException">Nobody is there, or it refused.</exception>
    public async Task<RingStream> DialAsync(string address)
    {
        var channel = GrpcChannel.ForAddress(
            $"http://{address}",
            new GrpcChannelOptions
            {
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectTimeout = ConnectPatience,
                    ConnectCallback = ConnectAsync,
                    KeepAlivePingDelay = KeepAlive,
                    KeepAlivePingTimeout = KeepAlive,
                    UseProxy = false,
                    AllowAutoRedirect = false,
                },
                DisposeHttpClient = true,
            }
        );

        // A linked source would stay registered for good: dials to an executor that is away repeat for as long as it is.
        var lifetime = new CancellationTokenSource();
        var registration = stopping.UnsafeRegister(static lifetime => ((CancellationTokenSource)lifetime!).Cancel(), lifetime);
        void Abort()
        {
            registration.Unregister();
            lifetime.Cancel();
            channel.Dispose();
        }

        try
        {
            var call = new V1.Ring.RingClient(channel).Connect(cancellationToken: lifetime.Token);
            var remote = await IntroduceAsync(call, lifetime);
            return new RingStream(remote, dialled: true, call.ResponseStream, call.RequestStream, call.RequestStream.CompleteAsync, Abort);
        }
        catch
        {
            Abort();
            throw;
        }
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            RingSocket.Prepare(socket);
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task<Introduced> IntroduceAsync(AsyncDuplexStreamingCall<RingFrame, RingFrame> call, CancellationTokenSource lifetime)
    {
        using var patience = new Timer(
            static state => ((CancellationTokenSource)state!).Cancel(),
            lifetime,
            Patience,
            Timeout.InfiniteTimeSpan
        );
        await call.RequestStream.WriteAsync(self.ToFrame());
        return await call.ResponseStream.MoveNext(lifetime.Token)
            ? Introduced.From(call.ResponseStream.Current)
            : throw new IntroductionException("the other side closed the stream without a word");
    }

    /// <summary>The reason of a failed dial in a few words.</summary>
    public static string Explain(Exception error) =>
        error switch
        {
            RpcException { StatusCode: StatusCode.FailedPrecondition } refused => refused.Status.Detail,
            RpcException { Status.DebugException: { } inner } => Innermost(inner),
            RpcException { StatusCode: StatusCode.Cancelled } => "no answer in time",
            RpcException rpc => rpc.Status.Detail,
            OperationCanceledException => "no answer in time",
            _ => error.Message,
        };

    private static string Innermost(Exception error)
    {
        while (error.InnerException is { } inner && error is not SocketException)
        {
            error = inner;
        }

        return error.Message;
    }
}
