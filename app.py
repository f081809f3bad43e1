"""CNN Lab as an ASGI app: ``streamlit run app.py``, ``uvicorn app:app`` or ``python app.py``.

The script that draws pages lives in cnnlab/ui/router.py. It must not be this file: a script
beside a folder ``pages/`` makes Streamlit build a menu of its own and breaks deep links.
"""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from cnnlab.ui import failure

ROUTER = Path(__file__).resolve().parent / "cnnlab" / "ui" / "router.py"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """At start-up: what is loaded now stays, so the collector need not walk it every time."""
    gc.collect()
    gc.freeze()
    yield


app = st.App(ROUTER, lifespan=lifespan, on_script_error=failure.show)

if __name__ == "__main__":
    app.run()
