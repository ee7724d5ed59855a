"""Records histories of a Python worker: `python record.py ADDRESS [SCENARIO…]`.

Needs a Temporal dev server at ADDRESS and the package `temporalio` (1.35 or later). Writes each
run's history beside itself, as `python_<scenario>[_<run>].json`, in Temporal's proto JSON. Ids and
times differ from one recording to the next: snapshots of what is made of them are renewed with it.
"""

import asyncio
import base64
import json
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import temporalio.api.nexus.v1 as nexus_api
import temporalio.api.operatorservice.v1 as operator_api
import workflows as w
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowUpdateFailedError
from temporalio.common import RetryPolicy
from temporalio.contrib.workflow_streams import WorkflowStreamClient
from temporalio.converter import PayloadConverter
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

HERE = Path(__file__).parent
QUEUE = "recorded"


async def finish(handle) -> None:
    try:
        await handle.result()
    except WorkflowFailureError:
        pass


async def wait_for(handle, event_type, count=1):
    """Waits until history has `count` events of a type, and returns the last of them."""
    while True:
        events = (await handle.fetch_history()).events
        found = [event for event in events if event.event_type == event_type]
        if len(found) >= count:
            return found[count - 1]
        await asyncio.sleep(0.05)


def bare(value):
    """Removes the fields that identify the recording machine."""
    if isinstance(value, list):
        return [bare(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    if value.get("kind") == "TASK_QUEUE_KIND_STICKY":
        value["name"] = "sticky"
    return {
        key: bare(inner)
        for key, inner in value.items()
        if key not in ("identity", "stackTrace")
    }


class Recorder:
    def __init__(self, client: Client) -> None:
        self.client = client

    async def start(self, workflow, *args, **options):
        options.setdefault("task_queue", QUEUE)
        return await self.client.start_workflow(
            workflow, args=args, id=f"recorded-{uuid.uuid4().hex[:8]}", **options
        )

    async def run(self, workflow, *args, **options):
        handle = await self.start(workflow, *args, **options)
        await finish(handle)
        return handle

    async def save(self, name: str, handle, run_id: str | None = None) -> list:
        run_id = run_id or handle.first_execution_run_id
        one = self.client.get_workflow_handle(handle.id, run_id=run_id)
        history = await one.fetch_history()
        text = json.dumps(bare(json.loads(history.to_json())), indent=1, ensure_ascii=False)
        (HERE / f"python_{name}.json").write_text(text + "\n")
        print(f"{name}: {len(history.events)} events", flush=True)
        return history.events

    async def reset(self, handle, run_id: str, event_id: int, reason: str) -> str:
        response = await self.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=handle.id, run_id=run_id),
                workflow_task_finish_event_id=event_id,
                reason=reason,
                request_id=uuid.uuid4().hex,
            )
        )
        return response.run_id

    # The scenarios

    async def activities(self):
        handle = await self.run(
            w.Activities.run, "Ada", 120.5, static_summary="Three activities", static_details="…"
        )
        await self.save("activities", handle)

    async def activity_timeouts(self):
        await self.save("activity_timeouts", await self.run(w.ActivityTimeouts.run))

    async def activity_cancel(self):
        await self.save("activity_cancel", await self.run(w.ActivityCancel.run))

    async def failed(self):
        await self.save("failed", await self.run(w.Fail.run, 2))

    async def canceled(self):
        handle = await self.start(w.Child.run, "wait")
        await wait_for(handle, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
        await handle.cancel()
        await finish(handle)
        await self.save("canceled", handle)

    async def terminated(self):
        handle = await self.start(w.Child.run, "wait")
        await handle.terminate({"ticket": 7}, reason="no longer needed")
        await self.save("terminated", handle)

    async def timed_out(self):
        await self.save(
            "timed_out", await self.run(w.Child.run, "wait", run_timeout=timedelta(seconds=1))
        )

    async def messages(self):
        handle = await self.start(w.Wait.run)
        await handle.signal(w.Wait.note, args=["first", 1])
        await handle.execute_update(w.Wait.add, "second", id="add-second")
        for text in ["fail", "refused"]:
            try:
                await handle.execute_update(w.Wait.add, text, id=f"add-{text}")
            except WorkflowUpdateFailedError:
                pass
        await handle.signal("nobody_listens", {"any": ["thing", None]})
        await handle.signal("__temporal_of_a_later_version", "hidden")
        await handle.signal(w.Wait.go)
        await finish(handle)
        await self.save("messages", handle)

    async def timers(self):
        await self.save("timers", await self.run(w.Timers.run))

    async def children(self):
        handle = await self.start(w.Children.run)
        await wait_for(handle, EventType.EVENT_TYPE_CHILD_WORKFLOW_EXECUTION_STARTED, 5)
        await self.client.get_workflow_handle(f"{handle.id}-killed").terminate()
        await finish(handle)
        await self.save("children", handle)

    async def local_activities(self):
        await self.save("local_activities", await self.run(w.LocalActivities.run))

    async def memo(self):
        handle = await self.run(w.Memo.run, 1, memo={"given": "by the starter", "kept": [1, 2]})
        events = await self.save("memo_1", handle)
        last = events[-1].workflow_execution_continued_as_new_event_attributes
        await self.save("memo_2", handle, last.new_execution_run_id)

    async def stream(self):
        handle = await self.start(w.Stream.run)
        stream = WorkflowStreamClient.create(
            self.client, handle.id, batch_interval=timedelta(milliseconds=50)
        )
        async with stream:
            topic = stream.topic("tokens")
            for text in ["Hel", "lo"]:
                topic.publish(text)
            await asyncio.sleep(0.3)
            stream.topic("cost").publish({"cents": 3})
        [published, *_] = [
            event.workflow_execution_signaled_event_attributes
            for event in (await handle.fetch_history()).events
            if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
        ]
        [again] = PayloadConverter.default.from_payloads(published.input.payloads)
        signal = published.signal_name
        await handle.signal(signal, again)
        item = PayloadConverter.default.to_payload(b"bytes").SerializeToString()
        item = {"topic": "raw", "data": base64.b64encode(item).decode()}
        await handle.signal(signal, {"items": [item]})
        await handle.signal(w.Stream.go)
        await finish(handle)
        await self.save("stream", handle)

    async def retry(self):
        policy = RetryPolicy(initial_interval=timedelta(milliseconds=10), maximum_attempts=3)
        handle = await self.run(w.Fail.run, 2, retry_policy=policy)
        events = await self.save("retry_1", handle)
        last = events[-1].workflow_execution_failed_event_attributes
        await self.save("retry_2", handle, last.new_execution_run_id)

    async def cron(self):
        handle = await self.start(w.Tick.run, cron_schedule="@every 1s")
        first = self.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
        await wait_for(first, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED)
        events = await self.save("cron_1", handle)
        run_id = events[-1].workflow_execution_completed_event_attributes.new_execution_run_id
        second = self.client.get_workflow_handle(handle.id, run_id=run_id)
        await wait_for(second, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED)
        await self.client.get_workflow_handle(handle.id).terminate()
        await self.save("cron_2", handle, run_id)

    async def reset_(self):
        """Reset to before the second activity's end, twice."""
        handle = await self.start(w.Steps.run)
        await handle.signal(w.Steps.note, "early")
        done = EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED
        await wait_for(handle, done, 3)
        await handle.execute_update(w.Steps.ask, "why", id="ask-why")
        await handle.signal(w.Steps.note, "late")
        await finish(handle)
        base = handle.first_execution_run_id
        await self.save("reset_1", handle)
        tasks = EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
        fork = await wait_for(handle, tasks, 3)
        second = await self.reset(handle, base, fork.event_id, "two was wrong")
        await finish(self.client.get_workflow_handle(handle.id, run_id=second))
        await self.save("reset_2", handle, second)
        again = self.client.get_workflow_handle(handle.id, run_id=second)
        fork = await wait_for(again, tasks, 4)
        third = await self.reset(handle, second, fork.event_id, "three was wrong, too")
        await finish(self.client.get_workflow_handle(handle.id, run_id=third))
        await self.save("reset_3", handle, third)

    async def reset_continued(self):
        """Reset to its start, after which it continues as new again."""
        handle = await self.run(w.Memo.run, 1)
        first = self.client.get_workflow_handle(handle.id, run_id=handle.first_execution_run_id)
        fork = await wait_for(first, EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
        second = await self.reset(handle, first.run_id, fork.event_id, "from the start")
        await finish(self.client.get_workflow_handle(handle.id, run_id=second))
        events = await self.save("reset_continued_1", handle, second)
        last = events[-1].workflow_execution_continued_as_new_event_attributes
        await self.save("reset_continued_2", handle, last.new_execution_run_id)

    async def stuck(self):
        """A workflow type that at first no worker knows."""
        queue = f"stuck-{uuid.uuid4().hex[:8]}"
        handle = await self.start(w.Tick.run, task_queue=queue)
        failed = EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
        async with self.worker(queue, [w.Child]):
            await wait_for(handle, failed)
            await asyncio.sleep(2)
            await self.save("stuck_1", handle)
            # This signal gets the id that a transient task has now.
            await handle.signal("nudge")
        async with self.worker(queue, [w.Tick]):
            await finish(handle)
        await self.save("stuck_2", handle)

    async def nexus(self):
        endpoint = f"desk-{uuid.uuid4().hex[:8]}"
        target = nexus_api.EndpointTarget(
            worker=nexus_api.EndpointTarget.Worker(
                namespace=self.client.namespace, task_queue=QUEUE
            )
        )
        await self.client.operator_service.create_nexus_endpoint(
            operator_api.CreateNexusEndpointRequest(
                spec=nexus_api.EndpointSpec(name=endpoint, target=target)
            )
        )
        await self.save("nexus", await self.run(w.Nexus.run, endpoint))

    def worker(self, queue: str, workflows: list) -> Worker:
        return Worker(
            self.client,
            task_queue=queue,
            workflows=workflows,
            activities=w.ACTIVITIES,
            nexus_service_handlers=[w.DeskHandler()] if queue == QUEUE else [],
            workflow_runner=UnsandboxedWorkflowRunner(),
        )


SCENARIOS = [
    "activities",
    "activity_timeouts",
    "activity_cancel",
    "failed",
    "canceled",
    "terminated",
    "timed_out",
    "messages",
    "timers",
    "children",
    "local_activities",
    "memo",
    "stream",
    "retry",
    "cron",
    "reset_",
    "reset_continued",
    "stuck",
    "nexus",
]


async def main(address: str, *chosen: str) -> None:
    recorder = Recorder(await Client.connect(address))
    async with recorder.worker(QUEUE, w.WORKFLOWS):
        for name in chosen or SCENARIOS:
            await asyncio.wait_for(getattr(recorder, name)(), 60)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
