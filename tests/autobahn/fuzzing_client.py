"""`wstest -m fuzzingclient -s SPEC` on Python 3; run inside the virtual environment that run.py makes.

Usage: fuzzing_client.py SPEC.json [--list]
"""
import importlib.metadata
import json
import sys

import suite_port
from suite_port import to_bytes, to_text

suite_port.install(importlib.metadata.version("autobahntestsuite"))

import autobahn  # noqa: E402  (the finder must come first)

autobahn.version = autobahn.__version__
import case  # noqa: E402
import fuzzing  # noqa: E402
from caseset import CaseSet  # noqa: E402
from twisted.internet import reactor  # noqa: E402

PATIENCE = 4


class Client(fuzzing.FuzzingClientProtocol):
    """Translates between the suite's byte strings and the library's bytes."""

    def _receives_bytes(self):
        # The compression cases hash what they get and are written for bytes already.
        return self.Case.__name__.startswith(("Case12_", "Case13_"))

    def onMessage(self, payload, isBinary):
        super().onMessage(payload if self._receives_bytes() else to_text(payload), isBinary)

    def onPong(self, payload):
        super().onPong(to_text(payload))

    def sendFrame(self, opcode, payload=b"", **options):
        super().sendFrame(opcode, to_bytes(payload), **options)

    def sendMessage(self, payload, isBinary=False, **options):
        super().sendMessage(to_bytes(payload), isBinary, **options)

    def sendMessageFrame(self, payload, sync=False):
        return super().sendMessageFrame(to_bytes(payload), sync)

    def sendMessageFrameData(self, payload, sync=False):
        return super().sendMessageFrameData(to_bytes(payload), sync)

    def sendCloseFrame(self, code=None, reasonUtf8=None, isReply=False):
        super().sendCloseFrame(code, to_bytes(reasonUtf8), isReply)

    # The suite gives up on an answer after a second or less, which says more about the load of the machine than about the
    # server. A right answer ends the wait at once.
    def killAfter(self, delay):
        super().killAfter(delay * PATIENCE)

    def closeAfter(self, delay):
        super().closeAfter(delay * PATIENCE)

    def logRxOctets(self, data):
        super().logRxOctets(to_text(data))

    def logTxOctets(self, data, sync):
        super().logTxOctets(to_text(data), sync)

    def logRxFrame(self, frameHeader, payload):
        super().logRxFrame(frameHeader, [to_text(piece) for piece in payload])

    def logTxFrame(self, frameHeader, payload, *options):
        super().logTxFrame(frameHeader, to_text(payload), *options)


def readable(data, maxlen=64, replace=False):
    text = to_text(data)
    return text if len(text) <= maxlen else text[:maxlen] + " ..."


class Factory(fuzzing.FuzzingClientFactory):
    def buildProtocol(self, addr):
        client = Client()
        client.factory = self
        client.caseAgent = self.agent
        client.case = self.currentCaseIndex
        client.Case = case.Cases[self.currentCaseIndex - 1]
        client.runCase = client.Case(client)
        return client

    def createReports(self):
        super().createReports(produceHtml=False)

    def createAgentCaseReportJSON(self, agentId, caseId, outdir):
        self.agents[agentId][caseId] = {key: to_text(value) for key, value in self.agents[agentId][caseId].items()}
        super().createAgentCaseReportJSON(agentId, caseId, outdir)


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        spec = json.load(file)
    if "--list" in sys.argv:
        cases = CaseSet(case.CaseSetname, case.CaseBasename, case.Cases, case.CaseCategories, case.CaseSubCategories)
        json.dump(cases.parseSpecCases(spec), sys.stdout)
        return
    fuzzing.asciiLogData = readable
    Factory(spec)  # connects, and stops the reactor after the last case
    reactor.run()


main()
