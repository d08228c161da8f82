"""Another program that changes a report: lock, read, back up, replace, tell of it in the history.

usage: reports_writer.py REPORT_DIR NAME COUNT
Says "ready", waits for a line on stdin, then adds COUNT insights. It writes the fields the report
store defines and, like any program that knows nothing of labferry, no chain.
With COUNT 0 it only holds the lock until its stdin ends.
"""

import contextlib
import datetime
import json
import os
import shutil
import sys
import time
import uuid

import portalocker


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def add_insight(folder, summary):
    outline_path = os.path.join(folder, "outline.json")
    with open(outline_path, encoding="utf-8") as file:
        outline = json.load(file)
    moment = now()
    stamp = moment.strftime("%Y%m%dT%H%M%S") + f"_{moment.microsecond:06d}"
    backup = f"outline.json.{stamp}.bak"
    shutil.copy2(outline_path, os.path.join(folder, "backups", backup))
    at = moment.isoformat()
    outline["insights"].append(
        {
            "insight_id": str(uuid.uuid4()),
            "importance": 5,
            "status": "active",
            "summary": summary,
            "supporting_queries": [],
            "citations": [],
            "created_at": at,
            "updated_at": at,
            "metadata": {},
        }
    )
    outline["outline_version"] += 1
    outline["updated_at"] = at
    temp = outline_path[: -len(".json")] + ".tmp"
    with open(temp, "w", encoding="utf-8") as file:
        json.dump(outline, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temp, outline_path)
    event = {
        "action_id": str(uuid.uuid4()),
        "report_id": outline["report_id"],
        "ts": at,
        "actor": "agent",
        "action_type": "evolve",
        "request_id": None,
        "payload": {"backup_filename": backup},
    }
    with open(os.path.join(folder, "audit.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps(event, ensure_ascii=False) + "\n")


@contextlib.contextmanager
def locked(lock_path):
    """Opens and locks in one go, and opens anew for each attempt, as the report store does."""
    for _ in range(20_000):
        file = open(lock_path, "w")
        try:
            portalocker.lock(file, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except portalocker.LockException:
            file.close()
            time.sleep(0.003)
            continue
        try:
            yield
        finally:
            portalocker.unlock(file)
            file.close()
        return
    raise SystemExit("the report stayed locked")


def main():
    folder, name, count = sys.argv[1:]
    lock_path = os.path.join(folder, ".lock")
    if int(count) == 0:
        with portalocker.Lock(lock_path, mode="w", timeout=30):
            print("held", flush=True)
            sys.stdin.readline()
        return
    print("ready", flush=True)
    sys.stdin.readline()
    for i in range(int(count)):
        with locked(lock_path):
            add_insight(folder, f"{name}-{i}")


main()
