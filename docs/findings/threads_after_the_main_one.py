"""asyncio's pool of threads takes no call once the main thread has ended, though other threads are still at work.

aiohttp looks up hosts in it, aiobotocore reads certificates, azure-core's transport reads netrc.
"""

import asyncio
import sys
import threading
import time

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()
asyncio.run_coroutine_threadsafe(asyncio.to_thread(int), loop).result()


def late() -> None:
    """Call once nobody is left to wait for but this thread."""
    threading.main_thread().join()
    time.sleep(0.1)
    try:
        asyncio.run_coroutine_threadsafe(asyncio.to_thread(int), loop).result()
        print("it was called")
    except RuntimeError as error:
        print("RuntimeError:", error)


print("Python", sys.version.split()[0])
threading.Thread(target=late).start()
