"""Coroutines beside a browser: Playwright's loop runs in the tests' thread until all have ended."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def run_apart(coroutine):
    """`asyncio.run`, in a thread that has no loop yet."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()
