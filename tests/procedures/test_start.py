import json
from dataclasses import asdict

import pytest

from smtjlab.procedures.commands import CommandServer, EngineClient
from smtjlab.procedures.errors import EngineGone
from smtjlab.procedures.plan import Request
from smtjlab.procedures.run import REQUEST
from smtjlab.procedures.start import attend
from smtjlab.procedures.station import Station
from smtjlab.procedures.transfer_curve import TransferCurve


def answer(message):
    if message["do"] == "attach":
        raise EngineGone("The engine is just ending.")
    return {}


def test_an_engine_that_ends_before_anybody_watches_is_no_longer_talked_to(make_run, monkeypatch):
    run = make_run("aaaaaaaa", "running")
    request = Request.of(TransferCurve(), bench="virtual", junction="fig5", model="static", runs=run.folder.parent)
    run.file(REQUEST).write_text(json.dumps(asdict(request)))
    with CommandServer(answer, lambda attached: None) as server:
        server.start()
        client = EngineClient(server.port, server.token)
        monkeypatch.setattr(Station, "client", lambda _: client)
        with pytest.raises(EngineGone, match="just ending"):
            attend(run)
        with pytest.raises(EngineGone, match="stopped answering"):
            client.ask("status")
        server.shutdown()
