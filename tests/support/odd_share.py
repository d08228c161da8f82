#!/usr/bin/env python3
"""A folder shown through FUSE with the habits of real shares; `odd_share.ts` starts it.

usage: odd_share.py DISK MOUNT_POINT HABITS

HABITS is a JSON file that is read again before every operation, so that a share can change its mind
while it is mounted; its keys are those of `OddHabits` in `odd_share.ts`. Counting for `fails` begins
anew whenever the file's text changes.
"""
import ctypes
import errno
import json
import os
import signal
import subprocess
import sys
import unicodedata

import fusepy
from fusepy import FUSE, FuseOSError, Operations

STAT_KEYS = ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_ino")
STATFS_KEYS = (
    "f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag",
    "f_frsize", "f_namemax",
)


class WithFlock(ctypes.Structure):
    """fusepy leaves out the last operations of libfuse 2.9; flock is one of them."""

    _fields_ = fusepy.fuse_operations._fields_ + [
        ("poll", ctypes.c_void_p),
        ("write_buf", ctypes.c_void_p),
        ("read_buf", ctypes.c_void_p),
        ("flock", ctypes.CFUNCTYPE(
            ctypes.c_int, ctypes.c_char_p, ctypes.POINTER(fusepy.fuse_file_info), ctypes.c_int)),
    ]


class Mount(FUSE):
    def flock(self, path, fip, op):
        return self.operations("flock", path.decode(self.encoding), fip.contents.fh, op)


class Habits:
    """The habits of this moment, and how often each operation was asked for under them."""

    def __init__(self, path):
        self.path = path
        self.text = None
        self.now = {}
        self.calls = {}

    def look(self):
        with open(self.path) as file:
            text = file.read()
        if text != self.text:
            self.text, self.now, self.calls = text, json.loads(text), {}

    def meet(self, operation, path):
        self.look()
        hang = self.now.get("hangsAt")
        if hang and hang["operation"] == operation and str(path).endswith(hang["name"]):
            hang["nth"] = hang.get("nth", 1) - 1
        if hang and hang.get("nth") == 0:
            # Once: whoever sends SIGCONT gets the answer, after a while everybody.
            self.now["hangsAt"] = None
            subprocess.Popen(
                ["sh", "-c", 'sleep "$1"; kill -CONT "$0"', str(os.getpid()),
                 str(hang.get("seconds", 45))],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True)
            os.kill(os.getpid(), signal.SIGSTOP)
        if self.now.get("down"):
            raise failure(self.now["down"])
        count = self.calls[operation] = self.calls.get(operation, 0) + 1
        for fail in self.now.get("fails", []):
            reached = count >= fail["nth"] if fail.get("onwards") else count == fail["nth"]
            if fail["operation"] == operation and reached:
                raise failure(fail["errno"])


def failure(name):
    return FuseOSError(getattr(errno, name))


class OddShare(Operations):
    use_ns = True

    def __init__(self, disk, habits):
        self.disk = os.path.realpath(disk)
        self.habits = habits
        self.over_quota = set()

    def __call__(self, operation, *args):
        # The kernel asks for these by itself; failing them would fail the mount.
        if operation not in ("init", "destroy"):
            self.habits.meet(operation, args[0] if args else "")
        return super().__call__(operation, *args)

    def refuse(self, key):
        name = self.habits.now.get(key)
        if name:
            raise failure(name)

    # Names

    def key(self, name):
        now = self.habits.now
        if now.get("normalises"):
            name = unicodedata.normalize("NFC", name)
        return name.casefold() if now.get("foldsCase") else name

    def segment(self, folder, name):
        now = self.habits.now
        most = now.get("mostNameBytes")
        if most and len(os.fsencode(name)) > most:
            raise failure("ENAMETOOLONG")
        if now.get("dropsLastDots"):
            name = name.rstrip(". ") or name
        if os.path.lexists(os.path.join(folder, name)):
            return name
        if now.get("foldsCase") or now.get("normalises"):
            try:
                entries = os.listdir(folder)
            except OSError:
                return name
            for entry in entries:
                if self.key(entry) == self.key(name):
                    return entry
        return name

    def real(self, path):
        full = self.disk
        for name in path.split("/"):
            if name:
                full = os.path.join(full, self.segment(full, name))
        return full

    # Folders and names

    def access(self, path, mode):
        return 0

    def getattr(self, path, fh=None):
        info = os.lstat(self.real(path))
        told = {key: getattr(info, key) for key in STAT_KEYS}
        for key in ("st_atime", "st_mtime", "st_ctime"):
            told[key] = getattr(info, key + "_ns")
        step = self.habits.now.get("timeStepS")
        if step:
            told["st_mtime"] -= told["st_mtime"] % (step * 10**9)
        return told

    def readdir(self, path, fh):
        return [".", ".."] + os.listdir(self.real(path))

    def readlink(self, path):
        return os.readlink(self.real(path))

    def mkdir(self, path, mode):
        os.mkdir(self.real(path), mode)

    def rmdir(self, path):
        os.rmdir(self.real(path))

    def unlink(self, path):
        os.unlink(self.real(path))

    def symlink(self, name, target):
        os.symlink(target, self.real(name))

    def rename(self, old, new):
        source, target = self.real(old), self.real(new)
        if source == target:  # a change of spelling only
            target = os.path.join(os.path.dirname(target), os.path.basename(new))
        os.rename(source, target)

    def link(self, target, source):
        self.refuse("noLinks")
        os.link(self.real(source), self.real(target))

    def chmod(self, path, mode):
        self.refuse("noModes")
        os.chmod(self.real(path), mode)

    def chown(self, path, uid, gid):
        os.chown(self.real(path), uid, gid)

    def utimens(self, path, times=None):
        self.refuse("noTimes")
        os.utime(self.real(path), ns=times)

    def statfs(self, path):
        told = os.statvfs(self.real(path))
        return {key: getattr(told, key) for key in STATFS_KEYS}

    # Bytes

    def create(self, path, mode, fi=None):
        return os.open(self.real(path), os.O_RDWR | os.O_CREAT | os.O_EXCL, mode)

    def open(self, path, flags):
        return os.open(self.real(path), flags & ~os.O_DIRECT)

    def read(self, path, size, offset, fh):
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        most = self.habits.now.get("mostFileBytes")
        if most and offset + len(data) > most:
            raise failure("EFBIG")
        quota = self.habits.now.get("quotaBytes")
        if quota is not None and self.used_bytes() + len(data) > quota:
            if self.habits.now.get("quotaAt", "write") == "write":
                raise failure("EDQUOT")
            self.over_quota.add(fh)
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        os.truncate(self.real(path), length)

    def flush(self, path, fh):
        return 0

    def fsync(self, path, datasync, fh):
        if fh in self.over_quota:  # a share that takes bytes first and refuses them later
            os.ftruncate(fh, 0)
            raise failure("EDQUOT")
        os.fsync(fh)

    def fsyncdir(self, path, datasync, fh):
        self.refuse("noFolderFlush")
        return 0

    def flock(self, path, fh, operation):
        self.refuse("noLocks")
        import fcntl
        fcntl.flock(fh, operation | fcntl.LOCK_NB)

    def release(self, path, fh):
        self.over_quota.discard(fh)
        os.close(fh)

    def used_bytes(self):
        return sum(
            os.lstat(os.path.join(folder, name)).st_size
            for folder, _, names in os.walk(self.disk) for name in names
        )


def main():
    disk, mount_point, habits = sys.argv[1:]
    fusepy.fuse_operations = WithFlock
    # Nothing is remembered by the kernel, so that each question reaches the share; one thread, so
    # that the Nth call is the Nth call; and libfuse hides no file that is removed while it is open.
    Mount(
        OddShare(disk, Habits(habits)), mount_point, foreground=True, nothreads=True,
        fsname="odd_share", attr_timeout=0, entry_timeout=0, negative_timeout=0,
        hard_remove=True,
    )


if __name__ == "__main__":
    main()
