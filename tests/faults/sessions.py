"""Readers at work: sessions of the dashboards over Streamlit's own protocol, without a browser, and sessions of SQL."""

import asyncio
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboards.access.roles import Access
from dashboards.published import reading as published
from dashboards.sql import service
from dashboards.sql.engine import OK

PATIENCE = 120.0  # seconds for one answer
_VINTAGE = re.compile(r"millésime (\d{4}-\d{2}-\d{2}_\d{2}-\d{2}-\d{2}(?:-\d+)?)")


@dataclass(frozen=True)
class Read:
    """An answer: when it was asked for, how long it took, and of which vintage it is."""

    asked: float
    seconds: float
    vintage: str


@dataclass
class Session:
    """What a reader has read so far, and what went wrong."""

    name: str
    reads: list[Read] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def has_read(self, vintage: str) -> bool:
        return any(read.vintage == vintage for read in self.reads)

    def has_asked_after(self, moment: float) -> bool:
        """Whether something that was asked for after a moment has been answered."""
        return any(read.asked > moment for read in self.reads)


async def look(session: Session, address: str, paths: list[str], pause: float, over: asyncio.Event) -> None:
    """Open pages one after the other, in one session of the dashboards, until it is over."""
    random = Random(session.name)
    try:
        await asyncio.sleep(random.uniform(0, pause))
        stream = f"{address.replace('http', 'ws', 1)}/_stcore/stream"
        async with websockets.connect(
            stream, subprotocols=["streamlit"], max_size=None, open_timeout=PATIENCE
        ) as socket:
            while not over.is_set():
                asked = time.monotonic()
                vintage = await asyncio.wait_for(_drawn(socket, random.choice(paths)), PATIENCE)
                session.reads.append(Read(asked, time.monotonic() - asked, vintage))
                await asyncio.sleep(random.uniform(pause / 2, pause))
    except (OSError, TimeoutError, AssertionError, websockets.WebSocketException) as error:
        session.faults.append(repr(error))


async def _drawn(socket: websockets.ClientConnection, path: str) -> str:
    """Have a page drawn; returns the vintage that it names."""
    asked = BackMsg()
    asked.rerun_script.page_name = path
    await socket.send(asked.SerializeToString())
    told = ""
    while True:
        message = ForwardMsg()
        message.ParseFromString(await socket.recv())
        kind = message.WhichOneof("type")
        if kind == "delta":
            element = message.delta.new_element
            assert element.WhichOneof("type") != "exception", element.exception
            told += element.html.body
        elif kind == "script_finished":
            assert message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY, path
            found = _VINTAGE.search(told)
            assert found, f"{path} : no vintage in {told[-500:]!r}"
            return found[1]


def ask(session: Session, marts: Path, pause: float, over: threading.Event) -> None:
    """Query what is published again and again, as the SQL page does, until it is over."""
    access, random = Access("statisticien", identity=session.name), Random(session.name)
    query = (
        "SELECT m.millesime, COUNT(*) AS lignes, SUM(i.valeur) AS somme FROM marts.indicateurs AS i, ref.millesime AS m "
        "GROUP BY m.millesime"
    )
    while not over.wait(random.uniform(pause / 2, pause)):
        asked = time.monotonic()
        edition = published.current(marts, access)
        path = service.file(edition) if edition else None
        if path is None:
            session.faults.append("nothing is published")
            return
        outcome = service.answer(marts, access, path, query, {})
        if outcome.status != OK:
            session.faults.append(f"{outcome.status} : {outcome.message} {outcome.detail}")
            return
        session.reads.append(Read(asked, time.monotonic() - asked, outcome.table["millesime"][0].as_py()))
