"""Another program that writes creation.json: lock, read, append an override, replace.

usage: records_writer.py RECORD NAME COUNT filelock|portalocker
Says "ready", waits for a line on stdin, then makes COUNT changes.
"""

import json
import os
import sys
import tempfile

import filelock
import portalocker


def lock(kind, path):
    if kind == "filelock":
        return filelock.FileLock(path, timeout=60)
    return portalocker.Lock(path, mode="a", timeout=60, check_interval=0.01)


def append_override(record, entry_id):
    with open(record, encoding="utf-8") as file:
        fields = json.load(file)
    fields["validation_overrides"].append(
        {
            "id": entry_id,
            "problem_class": "case_collision",
            "operator": "peer",
            "recorded_at": "2026-06-01T08:00:00Z",
            "reason": "written by Python",
            "revoked": False,
        }
    )
    handle, temp = tempfile.mkstemp(dir=os.path.dirname(record), suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(fields, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temp, record)


def main():
    record, name, count, kind = sys.argv[1:]
    print("ready", flush=True)
    sys.stdin.readline()
    for i in range(int(count)):
        with lock(kind, record + ".lock"):
            append_override(record, f"{name}-{i}")


main()
