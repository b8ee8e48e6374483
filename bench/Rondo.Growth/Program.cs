using Rondo.Growth;

// usage: Rondo.Growth [--out FILE] [EXECUTORS...]: rings of real cores of these sizes; then the model, up to 10,000 executors
//        Rondo.Growth balance [JOBS...]: a job at a time at random times: how far apart the running counts are, and what the token costs
if (args is ["balance", .. var jobs])
{
    Balance.Run(jobs.Length == 0 ? [20_000] : [.. jobs.Select(int.Parse)]);
    return;
}

int[] modelled = [64, 256, 1_000, 2_500, 10_000];
var (file, rest) = args is ["--out", var path, ..] ? (path, args[2..]) : (null, args);
Measurements.Run(rest.Length == 0 ? [4, 16, 64, 256] : [.. rest.Select(int.Parse)], modelled, file);
