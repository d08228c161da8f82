#!/usr/bin/env python3
"""A program that waits inside mmap(2) for a share that hangs, with the lock on its memory held.

usage: stuck_in_mmap.py FILE

It maps a page of FILE and writes into it, says `mapped`, and at a line on its standard input lays
another mapping over the page: the kernel writes the page out first, and waits for the share.
"""
import ctypes
import mmap
import os
import sys

PAGE = 4096
MAP_FIXED = 0x10

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
]
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.ftruncate(file, PAGE)
page = libc.mmap(None, PAGE, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, file, 0)
ctypes.memset(page, 65, PAGE)
print("mapped", flush=True)
sys.stdin.readline()
libc.mmap(page, PAGE, mmap.PROT_READ, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_FIXED, -1, 0)
