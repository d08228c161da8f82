"""ExLab-Wizard's documented writers, as far as labferry shares files with them.

usage: exlab_writer.py creation-status RECORD STATUS
       exlab_writer.py creation-read RECORD
       exlab_writer.py marker RECORD PROJECT EQUIPMENT
       exlab_writer.py ingest-new RECORD
       exlab_writer.py ingest-step RECORD STATE
       exlab_writer.py ingest-read RECORD

A record is decoded into typed blocks, in which unknown keys and values of a wrong type are not
possible; it is encoded without fields that equal their default. Of what the types do not know, only
keys at the top level are carried over. Prints the typed view as JSON.
"""

import json
import os
import sys
import tempfile

import filelock

REQUIRED = object()
SIGNALS = {"sentinel_file", "manifest"}

LIMS_PROJECT = {
    "uid": (str, REQUIRED),
    "short_id": (str, REQUIRED),
    "name_at_creation": (str, REQUIRED),
    "source": ({"live", "cache", "offline_catalogue"}, "live"),
    "cache_freshness_at_use": (str, None),
}
TEMPLATE = {
    "name": (str, REQUIRED),
    "version": (str, REQUIRED),
    "source_path": (str, REQUIRED),
    "run_scope": ({"experimental", "test", "both"}, None),
}
PATHS = {"local": (str, REQUIRED), "nas": (str, REQUIRED)}
ORCHESTRATOR = {
    "enabled": (bool, REQUIRED),
    "host": (str, REQUIRED),
    "label": (str, REQUIRED),
    "equipment_label": (str, None),
    "completeness_signal": (SIGNALS, None),
    "sentinel_filename": (str, None),
    "manifest_filename": (str, None),
}
STATUSES = {"pending", "synced", "failed", "blocked_by_validation", "cleaned"}
CREATION = {
    "schema_version": (str, REQUIRED),
    "created_at": (str, REQUIRED),
    "created_by": (str, REQUIRED),
    "level": ({"project", "run"}, REQUIRED),
    "run_kind": ({"experimental", "test"}, REQUIRED),
    "lims_project": (LIMS_PROJECT, REQUIRED),
    "template": (TEMPLATE, REQUIRED),
    "variables": (dict, REQUIRED),
    "paths": (PATHS, REQUIRED),
    "orchestrator": (ORCHESTRATOR, None),
    "plugins_applied": (list, []),
    "sync_status": (STATUSES, "pending"),
    "validation_overrides": (list, []),
}
MARKER = {
    "schema_version": (str, REQUIRED),
    "created_at": (str, REQUIRED),
    "project": (str, REQUIRED),
    "equipment": (str, REQUIRED),
}
INGEST = {
    "schema_version": (str, REQUIRED),
    "project_name": (str, REQUIRED),
    "equipment_id": (str, REQUIRED),
    "run_kind": (str, REQUIRED),
    "run_path": (str, REQUIRED),
    "transport": ({"smb_mount", "file_transfer"}, REQUIRED),
    "current_state": (str, REQUIRED),
    "history": (list, []),
}
STEPS = ["staging", "complete", "sync_queued", "sync_verified", "cleared"]


def decode(types, value, where):
    if not isinstance(value, dict):
        raise SystemExit(f"{where}: expected an object")
    typed = {}
    for name, (kind, default) in types.items():
        found = value.get(name)
        if found is None and default is REQUIRED:
            raise SystemExit(f"{where}: object missing required field `{name}`")
        if found is None:
            typed[name] = default
        elif isinstance(kind, set):
            if found not in kind:
                raise SystemExit(f"{where}.{name}: invalid enum value {found!r}")
            typed[name] = found
        elif kind in (str, bool, dict, list):
            if not isinstance(found, kind):
                raise SystemExit(f"{where}.{name}: expected {kind.__name__}, got {found!r}")
            typed[name] = found
        else:
            typed[name] = decode(kind, found, f"{where}.{name}")
    return typed


def encode(types, typed):
    out = {}
    for name, (kind, default) in types.items():
        value = typed[name]
        if default is not REQUIRED and value == default:
            continue
        out[name] = encode(kind, value) if isinstance(kind, dict) else value
    return out


def load(path):
    with open(path, encoding="utf-8") as file:
        raw = json.load(file)
    if not str(raw.get("schema_version", "")).startswith("1."):
        raise SystemExit("schema major mismatch")
    return raw


def replace(path, fields):
    handle, temp = tempfile.mkstemp(dir=os.path.dirname(path), suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(fields, file, separators=(",", ":"), ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temp, path)


def decode_creation(path):
    raw = load(path)
    raw.setdefault("run_kind", "experimental")
    return raw, decode(CREATION, raw, "creation")


def creation_status(path, status):
    raw, typed = decode_creation(path)
    typed["sync_status"] = status
    fields = encode(CREATION, typed)
    for key, value in raw.items():
        if key not in fields:
            fields[key] = value
    fields["schema_version"] = "1.9"
    replace(path, fields)
    return typed


def marker(path, project, equipment):
    if not os.path.exists(path):
        created = "2026-04-17T14:32:00Z"
        replace(
            path,
            {
                "schema_version": "1.0",
                "created_at": created,
                "project": project,
                "equipment": equipment,
            },
        )
    return decode(MARKER, load(path), "marker")


def ingest_new(path):
    typed = {
        "schema_version": "1.1",
        "project_name": "Cortex",
        "equipment_id": "PLATE_01",
        "run_kind": "experimental",
        "run_path": "PLATE_01/Cortex/Runs/Run_1",
        "transport": "smb_mount",
        "current_state": "staging",
        "history": [],
    }
    replace(path, encode(INGEST, typed))
    return typed


def ingest_step(path, state):
    typed = decode(INGEST, load(path), "ingest")
    if STEPS.index(state) != STEPS.index(typed["current_state"]) + 1:
        raise SystemExit(f"{typed['current_state']} -> {state} is not permitted")
    entry = {"state": state, "at": "2026-04-17T15:00:00Z", "host": "station"}
    typed["history"] = [*typed["history"], entry]
    typed["current_state"] = state
    replace(path, encode(INGEST, typed))
    return typed


COMMANDS = {
    "creation-read": lambda path: decode_creation(path)[1],
    "creation-status": creation_status,
    "marker": marker,
    "ingest-new": ingest_new,
    "ingest-step": ingest_step,
    "ingest-read": lambda path: decode(INGEST, load(path), "ingest"),
}


def main():
    command, path, *rest = sys.argv[1:]
    with filelock.FileLock(path + ".lock", timeout=30):
        print(json.dumps(COMMANDS[command](path, *rest)))


main()
