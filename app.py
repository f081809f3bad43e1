"""CNN Lab as an ASGI app: ``streamlit run app.py``, ``uvicorn app:app`` or ``python app.py``.

The script that draws pages lives in cnnlab/ui/router.py. It must not be this file: a script
beside a folder ``pages/`` makes Streamlit build a menu of its own and breaks deep links.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread

import streamlit as st

from cnnlab.data.mnist import load
from cnnlab.training import jobs
from cnnlab.training.race import races
from cnnlab.ui import failure

ROUTER = Path(__file__).resolve().parent / "cnnlab" / "ui" / "router.py"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """At start-up, make ready what the first visitor would wait for; PyTorch is not among it.

    In the end, what is being trained is written down, so that it can be gone on with.
    """
    Thread(target=warm, daemon=True).start()
    yield
    races.shutdown()
    jobs.shutdown()


def warm() -> None:
    """Load what the first page needs. What is there then stays: the collector need not walk it."""
    import_module("cnnlab.scenes.convolution")
    load("test")
    gc.collect()
    gc.freeze()


app = st.App(ROUTER, lifespan=lifespan, on_script_error=failure.show)

if __name__ == "__main__":
    app.run()
