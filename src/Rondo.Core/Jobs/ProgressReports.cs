namespace Rondo.Core;

/// <summary>What running jobs say of how far they are: shown by their homes, told to whoever watches them there, and kept by nobody.</summary>
internal sealed class ProgressReports(JobTable jobs, Membership members, Desk desk)
{
    public void Take(Input.Progress said, Turn turn)
    {
        if (jobs.Find(said.Id) is not { } job || !Runs(job) || (said.Attempt is { } attempt && attempt != job.Attempt))
        {
            Reply(said, new Answer.Refused(Refusal.NotRunning, $"job {said.Id} does not run now"), turn);
            return;
        }

        job.Progress = new JobProgress(said.Percent, said.Text, turn.Now.Wall);
        desk.Progressed(job, turn);
        if (!job.AtHome && members.Find(job.Id.Home) is { Suspected: false } home)
        {
            turn.Send(home.Member, new Message.Progress(job.Id, job.Transfer, job.Progress));
        }

        Reply(said, new Answer.Done(), turn);
    }

    public void Receive(Peer from, Message.Progress message, Turn turn)
    {
        if (
            jobs.Find(message.Id) is { AtHome: true, Phase: Phase.Away away } job
            && away.Holder == from.Id
            && job.Transfer == message.Transfer
        )
        {
            job.Progress = message.Said;
            desk.Progressed(job, turn);
        }
    }

    private static bool Runs(Job job) => job.Phase is Phase.Running || (job.AtHome && job.Phase is Phase.Away);

    private static void Reply(Input.Progress said, Answer answer, Turn turn)
    {
        if (said.Request is { } request)
        {
            turn.Reply(request, answer);
        }
    }
}
