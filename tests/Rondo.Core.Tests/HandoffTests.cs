namespace Rondo.Core.Tests;

/// <summary>Handoffs, results and rescue, one rule at a time.</summary>
public sealed class HandoffTests
{
    private static readonly Generation High = Solo.Generation(9, "a1");
    private static readonly Outcome Succeeded = new() { End = JobEnd.Succeeded, ExitCode = 0 };

    /// <summary>A core that has offered the second of its three jobs' worth of surplus to z1.</summary>
    private static (Solo Solo, OfferedJob Offered) Offering()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        solo.Submit();
        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));
        return (solo, Assert.Single(Assert.Single(solo.Sent<Message.Offer>("z1")).Jobs));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Trail_OfAJobThatStartedElsewhereBeforeThatWasHeardOf_ReadsInTheOrderOfCause(bool isAccepted)
    {
        var (solo, offered) = Offering();
        solo.Wait(TimeSpan.FromMilliseconds(5));
        var started = solo.Instant.Wall;
        solo.Wait(TimeSpan.FromMilliseconds(5));
        if (isAccepted)
        {
            solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        }

        solo.Receive(
            "z1",
            new Message.Result(
                new EquatableList<JobResult>(
                    new JobResult(offered.Id, offered.Transfer, new Attempt(1), 0, started, solo.Instant.Wall, Succeeded)
                )
            )
        );

        var trail = solo.View(offered.Id)!.Trail;
        Assert.Equal(["accepted", "offered", "moved", "started", "finished"], trail.Select(entry => entry.Event));
        Assert.Equal(trail.OrderBy(entry => entry.At), trail);
        Assert.Equal((started, started), (trail[2].At, trail[3].At));
    }

    [Fact]
    public void Offer_IsRecordedBeforeItIsSentAndRepeatedUntilAccepted()
    {
        var (solo, offered) = Offering();
        Assert.Equal(offered.Transfer, Assert.Single(solo.Records.OfType<Record.Offered>()).Transfer);
        solo.Receive("z1", new Message.Ack(High, 4));

        solo.Wait(TimeSpan.FromMilliseconds(250));
        Assert.Equal(2, solo.Sent<Message.Offer>("z1").Count());

        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        solo.Wait(TimeSpan.FromSeconds(1));
        Assert.Equal(2, solo.Sent<Message.Offer>("z1").Count());
        Assert.Equal(ExecutorId.Parse("z1"), solo.View(offered.Id)!.Holder);
    }

    [Fact]
    public void Offer_ReceivedTwice_IsAcceptedTwiceAndHeldOnce()
    {
        var solo = new Solo().With("a1");

        solo.Receive("a1", Solo.Offer("a1-7", 1));
        solo.Receive("a1", Solo.Offer("a1-7", 1));

        Assert.Equal(2, solo.Sent<Message.Accept>("a1").Count());
        Assert.Single(solo.Records.OfType<Record.Held>());
        Assert.Single(solo.Effects.OfType<Effect.Start>());
    }

    [Fact]
    public void Offer_ThatComesLateAfterTheJobWasDone_DoesNotRunItAgain()
    {
        var solo = new Solo().With("a1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        solo.Step(new Input.RunEnded(JobId.Parse("a1-7"), new Attempt(1), Succeeded, Interrupted: false));
        solo.Receive("a1", Solo.ResultAck("a1-7", 1));

        solo.Receive("a1", Solo.Offer("a1-7", 1));

        Assert.Single(solo.Effects.OfType<Effect.Start>());
        Assert.Equal(2, solo.Sent<Message.Accept>("a1").Count());
    }

    [Fact]
    public void Job_ThatWentAwayAndComesBackHere_IsHeldUnderItsHigherNumber()
    {
        var (solo, onward) = Solo.PassingOn();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(onward.Id, onward.Transfer))));

        // A late repetition of the first handoff is old news; the return under a higher number is not.
        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered(onward.Id.ToString(), 1))));
        Assert.Equal(2, solo.Records.OfType<Record.Held>().Count());
        solo.Receive("z1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered(onward.Id.ToString(), onward.Transfer.Value + 1))));
        Assert.Equal(3, solo.Records.OfType<Record.Held>().Count());
    }

    [Fact]
    public void Offer_Refused_ComesBackUnderANumberThatNoCopyHas()
    {
        var (solo, offered) = Offering();

        solo.Receive("z1", new Message.Reject(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));

        var takenBack = Assert.Single(solo.Records.OfType<Record.TakenBack>());
        Assert.True(takenBack.Transfer > offered.Transfer.Next);
        Assert.Equal(JobState.Waiting, solo.View(offered.Id)!.State);
    }

    [Fact]
    public void Offer_Refused_IsRefusedAgainThoughThereIsRoomNow()
    {
        var solo = new Solo(maxUnfinished: 1).With("a1", "z1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        solo.Receive("a1", Solo.Offer("a1-8", 1));
        solo.End(JobId.Parse("a1-7"));
        solo.Receive("a1", Solo.ResultAck("a1-7", 1));

        // a1 has heard that it was refused, and goes on with it.
        solo.Receive("a1", Solo.Offer("a1-8", 1));

        Assert.Equal(2, solo.Sent<Message.Reject>("a1").Count());
        Assert.DoesNotContain(solo.Effects.OfType<Effect.Start>(), start => start.Id == JobId.Parse("a1-8"));

        solo.Receive("a1", Solo.Offer("a1-8", 2));
        Assert.Contains(solo.Effects.OfType<Effect.Start>(), start => start.Id == JobId.Parse("a1-8"));
    }

    [Fact]
    public void Offer_ForAnEarlierStart_IsNeitherTakenNorRefused()
    {
        var solo = new Solo(incarnation: 5).With("a1");

        solo.Receive("a1", Solo.Offer("a1-7", 1) with { To = new Incarnation(4) });

        Assert.Empty(solo.Sent<Message.Accept>("a1"));
        Assert.Empty(solo.Sent<Message.Reject>("a1"));
        Assert.Empty(solo.Records.OfType<Record.Held>());

        solo.Receive("a1", Solo.Offer("a1-7", 1) with { To = new Incarnation(5) });
        Assert.Single(solo.Records.OfType<Record.Held>());
    }

    [Fact]
    public void Offer_ForAnEarlierStart_OfAJobThatIsHere_IsAcceptedAgain()
    {
        var solo = new Solo(incarnation: 5).With("a1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));

        solo.Receive("a1", Solo.Offer("a1-7", 1) with { To = new Incarnation(4) });

        Assert.Equal(2, solo.Sent<Message.Accept>("a1").Count());
    }

    [Fact]
    public void Offer_ToAnExecutorThatWasStartedAgain_IsMadeToItsNewStart()
    {
        var (solo, offered) = Offering();
        Assert.Equal(new Incarnation(1), solo.Sent<Message.Offer>("z1").Single().To);

        solo.Receive("z1", new Message.Hello(1, new EquatableList<Member>(Solo.MemberOf("z1", 2))));
        solo.Greeted("z1", 2);

        var again = solo.Sent<Message.Offer>("z1").Last();
        Assert.Equal(new Incarnation(2), again.To);
        Assert.Equal(offered, Assert.Single(again.Jobs));
    }

    [Fact]
    public void Refusal_OfAnEarlierStart_SaysNothingOfTheOneThatHasTheOfferNow()
    {
        var (solo, offered) = Offering();
        var refusal = new Message.Reject(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer)));
        solo.Receive("z1", new Message.Hello(1, new EquatableList<Member>(Solo.MemberOf("z1", 2))));

        solo.Receive("z1", refusal with { By = new Incarnation(1) });
        Assert.Empty(solo.Records.OfType<Record.TakenBack>());

        solo.Receive("z1", refusal with { By = new Incarnation(2) });
        Assert.Single(solo.Records.OfType<Record.TakenBack>());
    }

    [Fact]
    public void Refusal_SaysWhichStartRefuses()
    {
        var solo = new Solo(incarnation: 5, maxUnfinished: 0).With("a1");

        solo.Receive("a1", Solo.Offer("a1-7", 1));

        Assert.Equal(new Incarnation(5), Assert.Single(solo.Sent<Message.Reject>("a1")).By);
    }

    [Fact]
    public void Job_ComesHome_GoesOnUnderANumberAboveEveryCopy()
    {
        var (solo, offered) = Offering();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        var onward = new TransferNumber(offered.Transfer.Value + 1);

        solo.Receive("z1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered(offered.Id.ToString(), onward.Value))));

        // An executor that had given it to z1 without hearing of that may have taken it back, and given it away again, under a few more.
        Assert.True(Assert.Single(solo.Records.OfType<Record.TakenBack>()).Transfer.Value > onward.Value + 4000);
    }

    [Fact]
    public void Job_ComesHomeAfterItWasCancelledThere_EndsAndDoesNotStart()
    {
        var (solo, offered) = Offering();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        solo.Step(new Input.Cancel(new RequestId(99), offered.Id));

        // It was on its way back before the word of that arrived.
        var back = Solo.Offered(offered.Id.ToString(), offered.Transfer.Value + 1);
        solo.Receive("z1", new Message.Offer(new EquatableList<OfferedJob>(back)));

        Assert.Equal(JobState.Cancelled, solo.View(offered.Id)!.State);
        Assert.DoesNotContain(solo.Effects.OfType<Effect.Start>(), start => start.Id == offered.Id);
    }

    [Fact]
    public void HeldJob_IsRefusedElsewhere_StaysBelowWhatItsHomeTakesBack()
    {
        var (solo, onward) = Solo.PassingOn();

        solo.Receive("z1", new Message.Reject(new EquatableList<JobTransfer>(new JobTransfer(onward.Id, onward.Transfer))));

        Assert.Equal(onward.Transfer.Next, Assert.Single(solo.Records.OfType<Record.TakenBack>()).Transfer);
    }

    [Fact]
    public void Offers_ThatCrossUnderTheSameNumber_NobodyLetsGoOfBothCopies()
    {
        var (solo, onward) = Solo.PassingOn();
        var crossing = new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered(onward.Id.ToString(), onward.Transfer.Value)));

        solo.Receive("z1", crossing);

        Assert.Equal(onward.Id, solo.Records.OfType<Record.Held>().Last().Id);
        Assert.Equal(JobState.Waiting, solo.View(onward.Id)!.State);
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(onward.Id, onward.Transfer))));
        Assert.Empty(solo.Records.OfType<Record.HandedOver>());
    }

    [Fact]
    public void Offer_UnderTheNumberOfAnEarlierHandoffOfThisExecutor_IsHeld()
    {
        var (solo, onward) = Solo.PassingOn();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(onward.Id, onward.Transfer))));
        solo.Receive(
            "a1",
            new Message.HoldingAck(new EquatableList<JobVerdict>(new JobVerdict(onward.Id, onward.Transfer, onward.Attempt, Current: true)))
        );
        Assert.Single(solo.Records.OfType<Record.Dropped>());
        solo.Forget();

        solo.Receive("z1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered(onward.Id.ToString(), onward.Transfer.Value))));

        Assert.Equal(onward.Id, Assert.Single(solo.Records.OfType<Record.Held>()).Id);
    }

    [Fact]
    public void Report_OfACopyThatWasPassedOn_NeverTellsItsSenderToDropItsOwn()
    {
        var (solo, offered) = Offering();
        solo.With("y1").Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        bool IsCurrent(string holder, TransferNumber number)
        {
            solo.Forget();
            var held = new HeldJob(offered.Id, ExecutorId.Parse(holder), number, new Attempt(0), 0, StartedAt: null);
            solo.Receive("z1", new Message.Holding(new EquatableList<HeldJob>(held)));
            return Assert.Single(Assert.Single(solo.Sent<Message.HoldingAck>("z1")).Jobs).Current;
        }

        // Two copies under equal numbers: the one that z1 has now, and the one that it passed on to y1 before.
        var number = offered.Transfer.Next;
        Assert.True(IsCurrent("z1", number));
        Assert.True(IsCurrent("y1", number));

        Assert.Equal(ExecutorId.Parse("z1"), solo.View(offered.Id)!.Holder);
        Assert.False(IsCurrent("z1", offered.Transfer));
    }

    private static Message.Result ResultOf(OfferedJob offered, Outcome outcome) =>
        new(
            new EquatableList<JobResult>(
                new JobResult(offered.Id, offered.Transfer, new Attempt(1), 0, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, outcome)
            )
        );

    [Fact]
    public void Result_FirstOneWins_TheSecondIsOnlyAcknowledged()
    {
        var (solo, offered) = Offering();
        Message Result(Outcome outcome) => ResultOf(offered, outcome);

        solo.Receive("z1", Result(Succeeded));
        solo.Receive(
            "z1",
            Result(
                new Outcome
                {
                    End = JobEnd.Failed,
                    Reason = Reasons.ExitCode,
                    ExitCode = 3,
                }
            )
        );

        Assert.Single(solo.Records.OfType<Record.Finished>());
        Assert.Equal(2, solo.Sent<Message.ResultAck>("z1").Count());
        Assert.Equal(JobState.Succeeded, solo.View(offered.Id)!.State);
    }

    [Fact]
    public void Result_OfAHeldJob_IsSentUntilItsHomeHasIt()
    {
        var solo = new Solo().With("a1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        solo.Step(new Input.RunEnded(JobId.Parse("a1-7"), new Attempt(1), Succeeded, Interrupted: false));

        solo.Wait(TimeSpan.FromMilliseconds(250));
        Assert.Equal(2, solo.Sent<Message.Result>("a1").Count());
        Assert.Empty(solo.Records.OfType<Record.Dropped>());

        solo.Forget();
        solo.Receive("a1", Solo.ResultAck("a1-7", 1));
        solo.WaitWithoutToken(TimeSpan.FromSeconds(3), "a1");
        Assert.Single(solo.Records.OfType<Record.Dropped>());
        Assert.Empty(solo.Sent<Message.Result>("a1"));
    }

    [Fact]
    public void HeldJob_ItsHomeHasElsewhere_IsDroppedWhileItWaits()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        solo.Receive("z1", Solo.Offer("a1-7", 1));
        solo.Receive("z1", Solo.Offer("a1-8", 2));
        solo.Forget();

        solo.Receive(
            "a1",
            new Message.HoldingAck(
                new EquatableList<JobVerdict>(
                    new JobVerdict(JobId.Parse("a1-7"), new TransferNumber(1), new Attempt(1), Current: false),
                    new JobVerdict(JobId.Parse("a1-8"), new TransferNumber(1), new Attempt(0), Current: false)
                )
            )
        );
        Assert.Empty(solo.Records);

        solo.Receive(
            "a1",
            new Message.HoldingAck(
                new EquatableList<JobVerdict>(new JobVerdict(JobId.Parse("a1-8"), new TransferNumber(2), new Attempt(0), Current: false))
            )
        );
        Assert.Equal(JobId.Parse("a1-8"), Assert.Single(solo.Records.OfType<Record.Dropped>()).Id);
    }

    [Fact]
    public void Rescue_AfterTheLimit_RaisesTransferAndAttempt()
    {
        var (solo, offered) = Offering();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));

        solo.Wait(TimeSpan.FromSeconds(9.9));
        Assert.Empty(solo.Records.OfType<Record.TakenBack>());

        solo.Wait(TimeSpan.FromSeconds(0.2));
        var takenBack = Assert.Single(solo.Records.OfType<Record.TakenBack>());
        Assert.True(takenBack.Transfer > offered.Transfer);
        Assert.Equal(1, takenBack.Attempt.Value);
    }

    [Fact]
    public void Rescue_OfAJobThatMustNotRunAgain_FailsIt()
    {
        var solo = new Solo(slots: 1).With("z1");
        solo.Submit();
        var job = solo.Submit(TestExecutor.Command() with { FailOnExecutorLoss = true });
        solo.ReceiveToken("z1", High, 3, Solo.Row("z1", 0, 0));
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));

        solo.Wait(TimeSpan.FromSeconds(11));

        Assert.Equal(Reasons.ExecutorLost, solo.View(job)!.Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void JobThatMustNotRunAgain_WhoseExecutorEnds_FailsAtItsNextStart(bool mustNot)
    {
        var id = JobId.Parse("m1-1");
        var terms = TestExecutor.Command() with { FailOnExecutorLoss = mustNot };

        var solo = new Solo(
            new Recovered(
                1,
                1,
                [],
                [
                    [new Record.Accepted(id, default, terms, JobContent.Empty), new Record.Started(id, default, new Attempt(1))],
                ]
            ),
            incarnation: 2
        );

        var view = solo.View(id)!;
        Assert.Equal(mustNot ? Reasons.ExecutorLost : null, view.Reason);
        Assert.Equal(mustNot ? 0 : 1, solo.Effects.OfType<Effect.Start>().Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void JobThatMustNotRunAgain_WhichIsInterruptedAsItsExecutorStops_Fails(bool mustNot)
    {
        var solo = new Solo(slots: 1);
        var id = solo.Submit(TestExecutor.Command() with { FailOnExecutorLoss = mustNot });

        solo.Step(new Input.RunEnded(id, new Attempt(1), new Outcome { End = JobEnd.Failed }, Interrupted: true));

        var view = solo.View(id)!;
        Assert.Equal((mustNot, mustNot ? Reasons.ExecutorLost : Reasons.WaitingForSlot), (view.IsFinal, view.Reason));
    }

    [Fact]
    public void Job_RunningAtThreeCrashes_FailsAsPoison()
    {
        var records = new List<Record.OfJob>
        {
            new Record.Accepted(JobId.Parse("m1-1"), default, TestExecutor.Command(), JobContent.Empty),
        };
        for (var crash = 1; crash <= 3; crash++)
        {
            records.Add(new Record.Started(JobId.Parse("m1-1"), default, new Attempt(crash)));
            var solo = new Solo(
                new Recovered(
                    crash,
                    1,
                    [],
                    [
                        [.. records],
                    ]
                ),
                incarnation: crash
            );
            var view = solo.View(JobId.Parse("m1-1"))!;
            Assert.Equal(crash, view.Crashes);
            Assert.Equal(crash == 3, view.IsFinal);
            Assert.Equal(crash == 3 ? Reasons.CrashLimit : null, view.Reason);
            records.Add(solo.Records.OfType<Record.Interrupted>().Single());
        }
    }

    [Fact]
    public void Cancel_WhileTheJobIsOffered_ReachesItsNextHolder()
    {
        var (solo, offered) = Offering();
        solo.Step(new Input.Cancel(new RequestId(99), offered.Id));
        Assert.Empty(solo.Sent<Message.Cancel>("z1"));

        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));

        Assert.Equal(offered.Id, Assert.Single(Assert.Single(solo.Sent<Message.Cancel>("z1")).Jobs));
    }

    private static Message.Holding Holding(OfferedJob offered, string holder, DateTimeOffset? startedAt = null, int crashes = 0) =>
        new(
            new EquatableList<HeldJob>(
                new HeldJob(
                    offered.Id,
                    ExecutorId.Parse(holder),
                    offered.Transfer,
                    new Attempt(startedAt is null ? 0 : 1),
                    crashes,
                    startedAt
                )
            )
        );

    [Fact]
    public void Report_OfAJobWhoseAcceptanceGotLost_SaysWhoHasIt()
    {
        var (solo, offered) = Offering();

        solo.Receive("z1", Holding(offered, "z1", solo.Instant.Wall));

        Assert.Equal(ExecutorId.Parse("z1"), Assert.Single(solo.Records.OfType<Record.Located>()).Holder);
        Assert.Equal(JobState.Running, solo.View(offered.Id)!.State);
        solo.Wait(TimeSpan.FromSeconds(1));
        Assert.Single(solo.Sent<Message.Offer>("z1"));
    }

    [Fact]
    public void Report_OfAJobThatHasEnded_IsAnsweredThoughItsHolderLeft()
    {
        var (solo, offered) = Offering();
        solo.With("y1").Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        var onward = offered with { Transfer = offered.Transfer.Next };
        solo.Receive("y1", Holding(onward, "y1"));
        solo.Step(new Input.Cancel(new RequestId(99), offered.Id));
        solo.Receive("y1", ResultOf(onward, new Outcome { End = JobEnd.Cancelled, Reason = Reasons.CancelledByClient }));
        solo.Receive("y1", new Message.Leave(ExecutorId.Parse("y1"), new Incarnation(1)));

        solo.Receive("z1", Holding(onward, "y1"));

        Assert.Equal(onward.Transfer, Assert.Single(Assert.Single(solo.Sent<Message.HoldingAck>("z1")).Jobs).Transfer);
    }

    [Fact]
    public void Report_OfACopyAtAnExecutorThatIsNotKnownYet_IsNotAnswered()
    {
        var (solo, offered) = Offering();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));

        solo.Receive("z1", Holding(offered with { Transfer = offered.Transfer.Next }, "y1"));

        Assert.Empty(solo.Sent<Message.HoldingAck>("z1"));
        Assert.Empty(solo.Records.OfType<Record.Located>());
    }

    [Fact]
    public void Report_OfACopyAtAnExecutorThatWasRemovedMeanwhile_TakesTheJobBack()
    {
        var (solo, offered) = Offering();
        solo.With("y1").Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        solo.Receive("z1", new Message.Leave(ExecutorId.Parse("y1"), new Incarnation(1)));
        Assert.Empty(solo.Records.OfType<Record.TakenBack>());

        solo.Receive("z1", Holding(offered with { Transfer = offered.Transfer.Next }, "y1"));

        Assert.True(Assert.Single(solo.Records.OfType<Record.TakenBack>()).Transfer > offered.Transfer.Next);
        Assert.Single(solo.Sent<Message.HoldingAck>("z1"));
    }

    [Fact]
    public void Cancel_OfAJobWhoseAcceptanceGotLost_ReachesWhoHasItByItsReport()
    {
        var (solo, offered) = Offering();
        solo.Step(new Input.Cancel(new RequestId(99), offered.Id));

        solo.Receive("z1", Holding(offered, "z1", solo.Instant.Wall));

        Assert.Equal(offered.Id, Assert.Single(Assert.Single(solo.Sent<Message.Cancel>("z1")).Jobs));
    }

    [Fact]
    public void Offer_OfAJobThatWasCancelledOnItsWay_EndsItHereAndTellsItsHome()
    {
        var solo = new Solo().With("a1");

        solo.Receive("a1", new Message.Offer(new EquatableList<OfferedJob>(Solo.Offered("a1-7", 1) with { CancelRequested = true })));

        Assert.Empty(solo.Effects.OfType<Effect.Start>());
        Assert.Equal(JobEnd.Cancelled, Assert.Single(Assert.Single(solo.Sent<Message.Result>("a1")).Jobs).Outcome.End);
    }

    [Fact]
    public void Job_ThatComesHome_KeepsTheCrashesThatItCausedElsewhere()
    {
        var (solo, offered) = Offering();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));

        var back = Solo.Offered(offered.Id.ToString(), offered.Transfer.Value + 1) with { Crashes = 2, Attempt = new Attempt(2) };
        solo.Receive("z1", new Message.Offer(new EquatableList<OfferedJob>(back)));

        var view = solo.View(offered.Id)!;
        Assert.Equal(2, view.Crashes);
        Assert.Equal(2, view.Attempt.Value);
    }

    [Fact]
    public void Rescue_OfAJobThatRanThere_CountsACrashAndEndsAPoisonJob()
    {
        var (solo, offered) = Offering();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        solo.Receive("z1", Holding(offered, "z1", solo.Instant.Wall, crashes: 2));
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));

        solo.Wait(TimeSpan.FromSeconds(11));

        Assert.Equal(3, Assert.Single(solo.Records.OfType<Record.TakenBack>()).Crashes);
        Assert.Equal(Reasons.CrashLimit, solo.View(offered.Id)!.Reason);
        Assert.Contains(solo.Effects.OfType<Effect.Note>(), note => note.Event == new CoreEvent.Rescued(ExecutorId.Parse("z1"), 1));
    }

    [Fact]
    public void Rescue_OfAJobThatWaitedThere_CountsNoCrash()
    {
        var (solo, offered) = Offering();
        solo.Receive("z1", new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(offered.Id, offered.Transfer))));
        solo.Step(new Input.LinkBroken(ExecutorId.Parse("z1")));

        solo.Wait(TimeSpan.FromSeconds(11));

        Assert.Equal(0, solo.View(offered.Id)!.Crashes);
    }

    [Fact]
    public void Home_ThatIsGoneForGood_ItsJobsAreStoppedAndForgotten()
    {
        var solo = new Solo(slots: 1).With("a1");
        solo.Receive("a1", Solo.Offer("a1-7", 1));
        solo.Receive("a1", Solo.Offer("a1-8", 1));

        solo.Receive("a1", new Message.Leave(ExecutorId.Parse("a1"), new Incarnation(1)));

        Assert.Equal(JobId.Parse("a1-7"), Assert.Single(solo.Effects.OfType<Effect.Stop>()).Id);
        Assert.Equal(2, solo.Records.OfType<Record.Dropped>().Count());
    }

    [Fact]
    public void Home_ThatComesBackAfterItLeft_IsToldOfItsJobsThatCameMeanwhile()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        solo.Receive("a1", new Message.Leave(ExecutorId.Parse("a1"), new Incarnation(1)));
        solo.Receive("z1", Solo.Offer("a1-7", 2));
        solo.End(JobId.Parse("a1-7"));
        Assert.Empty(solo.Sent<Message.Result>("a1"));

        solo.Receive("a1", new Message.Hello(2, new EquatableList<Member>(Solo.MemberOf("a1", 2))));
        solo.Greeted("a1", incarnation: 2);

        Assert.Equal(JobId.Parse("a1-7"), Assert.Single(Assert.Single(solo.Sent<Message.Result>("a1")).Jobs).Id);
    }

    [Fact]
    public void Offer_ThatWasUnderWayAtARestart_IsMadeAgainUnderItsNumber()
    {
        var (solo, offered) = Offering();
        var restarted = new Solo(solo.Recovered with { Members = [Solo.MemberOf("z1")] }, slots: 1, incarnation: 6);

        restarted.Greeted("z1");

        Assert.Equal(offered.Transfer, Assert.Single(Assert.Single(restarted.Sent<Message.Offer>("z1")).Jobs).Transfer);
    }

    [Fact]
    public void Offer_ThatWasUnderWayAtARestart_ToNobodyThatIsKnown_IsTakenBack()
    {
        var (solo, offered) = Offering();

        var restarted = new Solo(solo.Recovered, slots: 1, incarnation: 6);

        Assert.Equal(offered.Id, Assert.Single(restarted.Records.OfType<Record.TakenBack>()).Id);
    }

    [Fact]
    public void Token_SeesHandoffsOnTheWay_NobodySendsTwiceForOneGap()
    {
        var solo = new Solo(slots: 1).With("a1", "z1");
        for (var i = 0; i < 6; i++)
        {
            solo.Submit();
        }

        solo.ReceiveToken("a1", High, 3, Solo.Row("a1", 0, 0), Solo.Row("z1", 0, 0));
        var passed = solo.Sent<Message.Pass>("z1").Single().Token;
        var given = solo.Sent<Message.Offer>("a1").Concat(solo.Sent<Message.Offer>("z1")).Sum(offer => offer.Jobs.Count);
        Assert.Equal(4, given);
        solo.Receive("z1", new Message.Ack(passed.Generation, passed.Hop));
        solo.Forget();

        // The token comes back before anybody has got anything.
        solo.Receive("a1", new Message.Pass(solo.Self.Incarnation, passed with { Hop = passed.Hop + 2 }));
        Assert.Empty(solo.Sent<Message.Offer>("a1"));
        Assert.Empty(solo.Sent<Message.Offer>("z1"));
    }
}
