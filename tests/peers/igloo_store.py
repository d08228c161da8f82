"""igloo-mcp's report store as it is documented, on a machine without portalocker.

usage: igloo_store.py evolve|tag REPORT_DIR TEXT
       igloo_store.py revert REPORT_DIR BACKUP
       igloo_store.py fork|synthesize REPORT_DIR NEW_ID

It locks by the existence of `.lock` and gives up at once when the file is there. It knows no chain.
Prints "refused" when the report is locked.
"""

import contextlib
import datetime
import json
import os
import shutil
import sys
import uuid


class Locked(Exception):
    pass


@contextlib.contextmanager
def lock(folder):
    path = os.path.join(folder, ".lock")
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except FileExistsError:
        raise Locked(path) from None
    try:
        yield
    finally:
        os.unlink(path)


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def load(folder):
    with open(os.path.join(folder, "outline.json"), encoding="utf-8") as file:
        return json.load(file)


def save(folder, outline):
    """Backs up, then replaces; returns the backup's name."""
    path = os.path.join(folder, "outline.json")
    backup = None
    if os.path.exists(path):
        moment = now()
        stamp = moment.strftime("%Y%m%dT%H%M%S") + f"_{moment.microsecond:06d}"
        backup = f"outline.json.{stamp}.bak"
        shutil.copy2(path, os.path.join(folder, "backups", backup))
    temp = os.path.join(folder, "outline.tmp")
    with open(temp, "w", encoding="utf-8") as file:
        json.dump(outline, file, indent=2, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temp, path)
    return backup


def tell(folder, report_id, action_type, payload):
    event = {
        "action_id": str(uuid.uuid4()),
        "report_id": report_id,
        "ts": now().isoformat(),
        "actor": "agent",
        "action_type": action_type,
        "request_id": None,
        "payload": payload,
    }
    with open(os.path.join(folder, "audit.jsonl"), "a", encoding="utf-8") as file:
        file.write(json.dumps(event, ensure_ascii=False) + "\n")


def change(folder, action_type, edit):
    outline = load(folder)
    edit(outline)
    outline["outline_version"] += 1
    outline["updated_at"] = now().isoformat()
    backup = save(folder, outline)
    tell(folder, outline["report_id"], action_type, {"backup_filename": backup})


def insight(text):
    at = now().isoformat()
    return {
        "insight_id": str(uuid.uuid4()),
        "importance": 5,
        "status": "active",
        "summary": text,
        "supporting_queries": [],
        "citations": [],
        "created_at": at,
        "updated_at": at,
        "metadata": {},
    }


def evolve(folder, text):
    change(folder, "evolve", lambda outline: outline["insights"].append(insight(text)))


def tag(folder, text):
    change(folder, "tag_update", lambda outline: outline["metadata"]["tags"].append(text))


def revert(folder, backup):
    with open(os.path.join(folder, "backups", backup), encoding="utf-8") as file:
        old = json.load(file)
    change(folder, "revert", lambda outline: (outline.clear(), outline.update(old)))


def new_folder(folder, new_id):
    new = os.path.join(os.path.dirname(folder), new_id)
    os.makedirs(os.path.join(new, "backups"))
    return new


def fork(folder, new_id):
    outline = load(folder)
    source_id = outline["report_id"]
    new = new_folder(folder, new_id)
    shutil.copy2(os.path.join(folder, "audit.jsonl"), os.path.join(new, "audit.jsonl"))
    outline["report_id"] = new_id
    outline["title"] += " (fork)"
    save(new, outline)
    tell(new, new_id, "fork", {"source_report_id": source_id})


def synthesize(folder, new_id):
    outline = load(folder)
    source_id = outline["report_id"]
    new = new_folder(folder, new_id)
    outline["report_id"] = new_id
    save(new, outline)
    tell(new, new_id, "synthesize", {"source_report_ids": [source_id]})


def main():
    command, folder, *rest = sys.argv[1:]
    try:
        with lock(folder):
            {
                "evolve": evolve,
                "tag": tag,
                "revert": revert,
                "fork": fork,
                "synthesize": synthesize,
            }[command](folder, *rest)
        print("done")
    except Locked:
        print("refused")


main()
