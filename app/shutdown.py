"""A callback for the signal that ends the server, run before the server waits for its connections."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType


@asynccontextmanager
async def on_shutdown_signal(callback: Callable[[], None]) -> AsyncIterator[None]:
    """Call `callback` in the event loop when SIGINT or SIGTERM arrives within the block.

    uvicorn waits for open connections before it runs the end of the lifespan, so a stream that ends there would block
    the shutdown. The previous handler of the signal runs too, and is restored at the end of the block.
    """
    loop, handlers = asyncio.get_running_loop(), {}
    if threading.current_thread() is threading.main_thread():  # Python delivers signals to this thread alone
        found = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        handlers = {number: handler for number, handler in found.items() if callable(handler)}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(callback)
        handlers[signal.Signals(number)](number, frame)

    for number in handlers:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
