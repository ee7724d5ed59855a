"""The workflows and activities whose histories `record.py` records."""

import asyncio
from datetime import timedelta

import nexusrpc.handler
from temporalio import activity, workflow
from temporalio.common import RetryPolicy
from temporalio.contrib.workflow_streams import WorkflowStream
from temporalio.exceptions import ApplicationError, FailureError

SECOND = timedelta(seconds=1)
TEN = timedelta(seconds=10)
ONCE = RetryPolicy(maximum_attempts=1)


@activity.defn
async def greet(name: str) -> dict:
    return {"greeting": f"Hello, {name}!", "letters": len(name)}


@activity.defn
async def flaky(succeed_at: int) -> int:
    if activity.info().attempt < succeed_at:
        raise ApplicationError("not yet", type="NotYet")
    return activity.info().attempt


@activity.defn
async def refuse(amount: float) -> None:
    try:
        raise ValueError("the limit is 100")
    except ValueError as error:
        raise ApplicationError(
            "card declined",
            {"amount": amount},
            51,
            type="PaymentError",
            non_retryable=True,
        ) from error


@activity.defn
async def sleep(seconds: float) -> None:
    await asyncio.sleep(seconds)


@activity.defn
async def until_canceled() -> None:
    while True:
        activity.heartbeat("alive")
        await asyncio.sleep(0.1)


async def outcome(awaitable) -> str:
    """The outcome, so that the workflow continues."""
    try:
        return str(await awaitable)
    except (FailureError, asyncio.CancelledError) as error:
        return type(error).__name__


@workflow.defn
class Activities:
    @workflow.run
    async def run(self, name: str, amount: float) -> list[str]:
        greeting = workflow.execute_activity(
            greet, name, start_to_close_timeout=TEN, summary=f"Greet {name}"
        )
        third = workflow.execute_activity(
            flaky,
            3,
            start_to_close_timeout=TEN,
            retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=10)),
        )
        out_of_attempts = workflow.execute_activity(
            flaky,
            9,
            start_to_close_timeout=TEN,
            retry_policy=RetryPolicy(
                initial_interval=timedelta(milliseconds=10), maximum_attempts=2
            ),
        )
        refused = workflow.execute_activity(
            refuse, amount, start_to_close_timeout=TEN, summary="Charge the card"
        )
        return [await outcome(one) for one in [greeting, third, out_of_attempts, refused]]


@workflow.defn
class ActivityTimeouts:
    @workflow.run
    async def run(self) -> list[str]:
        def run(function, *args, **options):
            return asyncio.create_task(
                outcome(workflow.execute_activity(function, args=args, **options))
            )

        return [
            await one
            for one in [
                run(sleep, 3, start_to_close_timeout=SECOND, retry_policy=ONCE),
                run(sleep, 3, start_to_close_timeout=TEN, heartbeat_timeout=SECOND, retry_policy=ONCE),
                run(sleep, 0, start_to_close_timeout=TEN, schedule_to_start_timeout=SECOND, task_queue="nobody"),
                run(flaky, 9, schedule_to_close_timeout=SECOND, retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=700))),
            ]
        ]


@workflow.defn
class ActivityCancel:
    @workflow.run
    async def run(self) -> list[str]:
        running = workflow.start_activity(
            until_canceled,
            start_to_close_timeout=TEN,
            heartbeat_timeout=SECOND,
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary="Wait",
        )
        waiting = workflow.start_activity(
            sleep, 0, start_to_close_timeout=TEN, task_queue="nobody"
        )
        await workflow.sleep(0.5)
        running.cancel()
        waiting.cancel()
        return [await outcome(running), await outcome(waiting)]


@workflow.defn
class Fail:
    @workflow.run
    async def run(self, attempt: int) -> str:
        if workflow.info().attempt < attempt:
            try:
                raise ApplicationError("no more paper", type="OutOfPaper")
            except ApplicationError as error:
                raise ApplicationError(
                    "cannot print", {"pages": 3}, type="PrintError"
                ) from error
        return f"attempt {workflow.info().attempt}"


@workflow.defn
class Wait:
    """Accepts signals and updates until the signal `go`."""

    def __init__(self) -> None:
        self.gone = False
        self.seen: list[str] = []

    @workflow.run
    async def run(self) -> list[str]:
        await workflow.wait_condition(lambda: self.gone and workflow.all_handlers_finished())
        return self.seen

    @workflow.signal
    def note(self, text: str, number: int) -> None:
        self.seen.append(f"{text} {number}")

    @workflow.signal
    def go(self) -> None:
        self.gone = True

    @workflow.update
    async def add(self, text: str) -> int:
        if text == "fail":
            raise ApplicationError("cannot add it", type="AddError")
        await workflow.sleep(0.01)
        self.seen.append(text)
        return len(self.seen)

    @add.validator
    def check(self, text: str) -> None:
        if text == "refused":
            raise ApplicationError("not that")


@workflow.defn
class Timers:
    @workflow.run
    async def run(self) -> str:
        canceled = asyncio.create_task(workflow.sleep(60, summary="Wait for nothing"))
        await workflow.sleep(0.25, summary="Wait a little")
        canceled.cancel()
        await workflow.sleep(0.1)
        return await outcome(canceled)


@workflow.defn
class Child:
    @workflow.run
    async def run(self, what: str) -> str:
        if what == "fail":
            raise ApplicationError("the child failed", type="ChildError", non_retryable=True)
        if what == "wait":
            await workflow.wait_condition(lambda: False)
        return what


@workflow.defn
class Children:
    @workflow.run
    async def run(self) -> list[str]:
        def start(what: str, **options):
            return workflow.start_child_workflow(
                Child.run, what, id=f"{workflow.info().workflow_id}-{what}", **options
            )

        outcomes = [await outcome(await start("work", static_summary="Work hard"))]
        outcomes.append(await outcome(await start("fail")))
        waiting = await start("wait")
        outcomes.append(await outcome(start("wait")))
        waiting.cancel()
        outcomes.append(await outcome(waiting))
        late = await workflow.start_child_workflow(
            Child.run, "wait", id=f"{workflow.info().workflow_id}-late", run_timeout=SECOND
        )
        outcomes.append(await outcome(late))
        killed = await workflow.start_child_workflow(
            Child.run, "wait", id=f"{workflow.info().workflow_id}-killed"
        )
        outcomes.append(await outcome(killed))
        return outcomes


@workflow.defn
class LocalActivities:
    @workflow.run
    async def run(self) -> list[str]:
        def run(function, arg, **options):
            return workflow.execute_local_activity(
                function, arg, start_to_close_timeout=TEN, **options
            )

        return [
            await outcome(run(greet, "Ada")),
            await outcome(run(refuse, 120.5)),
            await outcome(
                run(
                    flaky,
                    2,
                    # A backoff above the threshold is a timer.
                    retry_policy=RetryPolicy(initial_interval=timedelta(milliseconds=100)),
                    local_retry_threshold=timedelta(milliseconds=10),
                )
            ),
        ]


@workflow.defn
class Memo:
    @workflow.run
    async def run(self, continues: int) -> None:
        workflow.upsert_memo({"text": "begun", "fraction": 0.5, "given": "a", "gone": None})
        await workflow.sleep(0.01)
        workflow.upsert_memo({"text": "begun", "fraction": 1, "given": None})
        await workflow.sleep(0.01)
        workflow.upsert_memo({"text": "begun"})
        if continues > 0:
            memo = {"text": "begun", "given": "a", "kept": [1, 2]}
            workflow.continue_as_new(continues - 1, memo=memo)


@workflow.defn
class Stream:
    @workflow.init
    def __init__(self) -> None:
        self.stream = WorkflowStream()
        self.gone = False

    @workflow.run
    async def run(self) -> None:
        self.stream.topic("own").publish("seen by no signal")
        await workflow.wait_condition(lambda: self.gone)

    @workflow.signal
    def go(self) -> None:
        self.gone = True


@workflow.defn
class Tick:
    @workflow.run
    async def run(self) -> str:
        return "tick"


@workflow.defn
class Steps:
    """Three activities, to be reset between them."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    @workflow.run
    async def run(self) -> list[str]:
        for name in ["one", "two", "three"]:
            await workflow.execute_activity(greet, name, start_to_close_timeout=TEN, summary=name)
        await workflow.wait_condition(lambda: len(self.notes) > 1)
        return self.notes

    @workflow.signal
    def note(self, text: str) -> None:
        self.notes.append(text)

    @workflow.update
    def ask(self, text: str) -> str:
        return text.upper()


@nexusrpc.service
class Desk:
    quick: nexusrpc.Operation[str, str]
    slow: nexusrpc.Operation[str, str]
    broken: nexusrpc.Operation[str, str]


@nexusrpc.handler.service_handler(service=Desk)
class DeskHandler:
    @nexusrpc.handler.sync_operation
    async def quick(self, _ctx: nexusrpc.handler.StartOperationContext, text: str) -> str:
        return text.upper()

    @nexusrpc.handler.sync_operation
    async def broken(self, _ctx: nexusrpc.handler.StartOperationContext, text: str) -> str:
        raise nexusrpc.HandlerError(
            f"cannot {text}", type=nexusrpc.HandlerErrorType.BAD_REQUEST
        )

    from temporalio import nexus

    @nexus.workflow_run_operation
    async def slow(
        self, ctx: nexus.WorkflowRunOperationContext, text: str
    ) -> nexus.WorkflowHandle[str]:
        return await ctx.start_workflow(Child.run, text, id=f"desk-{ctx.request_id}")


@workflow.defn
class Nexus:
    @workflow.run
    async def run(self, endpoint: str) -> list[str]:
        desk = workflow.create_nexus_client(service=Desk, endpoint=endpoint)
        outcomes = [
            await outcome(desk.execute_operation(Desk.quick, "hello", summary="Ask the desk")),
            await outcome(desk.execute_operation(Desk.slow, "work")),
            await outcome(desk.execute_operation(Desk.slow, "fail")),
            await outcome(desk.execute_operation(Desk.broken, "stamp")),
            await outcome(
                desk.execute_operation(Desk.slow, "wait", schedule_to_close_timeout=SECOND)
            ),
        ]
        waiting = await desk.start_operation(Desk.slow, "wait")
        waiting.cancel()
        outcomes.append(await outcome(waiting))
        return outcomes


ACTIVITIES = [greet, flaky, refuse, sleep, until_canceled]
WORKFLOWS = [
    Activities,
    ActivityTimeouts,
    ActivityCancel,
    Fail,
    Wait,
    Timers,
    Child,
    Children,
    LocalActivities,
    Memo,
    Stream,
    Tick,
    Steps,
    Nexus,
]
