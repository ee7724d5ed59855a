"""Has most requests that schemathesis makes up be about workflows that are there.

`there.json` says which are. What was made up to be wrong stays as it is. How often each operation
gave what it is for is kept in `given.json`.
"""

import json
import threading
import zlib

import schemathesis
from schemathesis.core.parameters import ParameterLocation

with open("there.json", encoding="utf-8") as file:
    THERE = json.load(file)

GIVEN = {}
LOCK = threading.Lock()


def operation(case):
    return case.operation.definition.raw["operationId"]


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Says what the blocks of an event stream are, which OpenAPI 3.1 has no word for."""
    item = raw_schema["paths"]["/v1/workflows/{id}/events"]["get"]
    data = {
        "contentMediaType": "application/json",
        "contentSchema": {"$ref": "#/components/schemas/Event"},
    }
    item["responses"]["200"]["content"]["text/event-stream"] = {
        "itemSchema": {
            "type": "object",
            "if": {"properties": {"event": {"const": "message"}}},
            "then": {"required": ["id", "data"], "properties": {"data": data}},
        }
    }


@schemathesis.hook
def filter_failure(context, failure, case, response):
    """What is over 64 KiB is refused with no more than a status."""
    return not (response.status_code in (414, 431) and not response.content)


@schemathesis.hook
def before_call(context, case, **kwargs):
    name = operation(case)
    made_up = zlib.crc32(repr([case.path_parameters, case.query, case.body]).encode())
    # Some stay as they were made up: about nothing that is there.
    if made_up % 4 == 0:
        return

    def may_change(location):
        return case.meta is None or not case.meta.is_negative_at(location)

    here = None
    if name in THERE["workflows"] and may_change(ParameterLocation.PATH):
        workflows = THERE["workflows"][name]
        here = workflows[made_up % len(workflows)]
        case.path_parameters = {"id": here["workflow_id"]}
        if name in THERE["messages"]:
            case.path_parameters["name"] = THERE["messages"][name]["name"]
    if may_change(ParameterLocation.QUERY):
        query = dict(case.query or {})
        if here and "run_id" in query:
            query["run_id"] = here["run_id"]
        if here and "after" in query:
            query["after"] = here["cursor"]
        # A cursor in the header wins over one in the query, however wrong that is.
        if here and "Last-Event-ID" in (case.headers or {}):
            if may_change(ParameterLocation.HEADER):
                case.headers = {**case.headers, "Last-Event-ID": here["cursor"]}
        if name == "list":
            query = {key: query[key] for key in query if key == "page_size"}
        case.query = query
    if (
        name in THERE["messages"]
        and isinstance(case.body, dict)
        and may_change(ParameterLocation.BODY)
    ):
        case.body = {**case.body, "args": THERE["messages"][name]["args"]}


@schemathesis.hook
def after_call(context, case, response):
    if not 200 <= response.status_code < 300:
        return
    with LOCK:
        name = operation(case)
        GIVEN[name] = GIVEN.get(name, 0) + 1
        with open("given.json", "w", encoding="utf-8") as file:
            json.dump(GIVEN, file)
