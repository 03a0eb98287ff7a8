"""A forked child of a process that has used adlfs hangs at its exit, one of s3fs waits; adlfs frees no instance.

Contacts nothing. Linux only.
"""

import gc
import os
import sys
import time
import weakref
from importlib.metadata import version
from typing import Any

import adlfs
import s3fs

PATIENCE = 10


def exit_seconds() -> str:
    """How long a forked child that has nothing to do takes to end."""
    sys.stdout.flush()
    begun, child = time.monotonic(), os.fork()
    if child == 0:
        sys.exit()
    while time.monotonic() < begun + PATIENCE:
        if os.waitpid(child, os.WNOHANG)[0]:
            return f"{time.monotonic() - begun:.1f} s"
        time.sleep(0.05)
    os.kill(child, 9)
    os.waitpid(child, 0)
    return f"no end within {PATIENCE} s"


def used_s3fs() -> Any:
    """An S3 filesystem with its client."""
    driver = s3fs.S3FileSystem(key="key", secret="secret", skip_instance_cache=True)
    driver.connect()
    return driver


def used_adlfs() -> Any:
    """An Azure filesystem with its client."""
    return adlfs.AzureBlobFileSystem(account_name="account", account_key="a2V5", skip_instance_cache=True)


print("a forked child ends after", exit_seconds())
for name, make in (("s3fs", used_s3fs), ("adlfs", used_adlfs)):
    driver = make()
    print(f"{name} {version(name)}: a forked child ends after", exit_seconds())
    there = weakref.ref(driver)
    del driver
    gc.collect()
    print(f"{name}: an instance that nobody holds is freed:", there() is None)
