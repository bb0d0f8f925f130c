"""Drives every client of a set, the module that is named first, for python.spec.ts.

`drive.py SET --list` prints their names. Otherwise the first line of stdin is a JSON object with url, key, query, documents
and large_document, and then each client's rankings are a line of JSON on stdout: of all, and of the best one. The next begins
when a line comes back. Then comes what each client throws when query, key or size are refused, and for every line with the url
of another server, one that is busy or loading, what each throws there.
"""

import dataclasses
import importlib
import importlib.metadata
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

from client import CLIENTS, Asked

answers = os.fdopen(os.dup(1), "w")
sys.stdout = sys.stderr  # some clients print


def tell(answer):
    print(json.dumps(answer), file=answers, flush=True)
    return sys.stdin.readline()


def described(client):
    version = importlib.metadata.version(client.package)
    return {"client": client.name, "package": client.package, "version": version, "reads": client.reads}


def ranking(client, asked):
    try:
        return {"ranked": [list(item) for item in client.rank(asked)]}
    except Exception as error:  # every client is tried, whatever one of them throws
        return {"ranked": [], "error": f"{type(error).__name__}: {str(error)[:400]}"}


def refusal(client, asked, **changed):
    """The class of what it throws; None if it threw nothing."""
    try:
        client.rank(dataclasses.replace(asked, **changed))
        return None
    except Exception as error:
        return type(error).__name__


def main():
    request = json.loads(sys.stdin.readline())
    large = [request.pop("large_document")]
    asked = Asked(**request)
    for client in CLIENTS:
        best = ranking(client, dataclasses.replace(asked, top_n=1))
        tell({**described(client), "hides_refusals": client.hides_refusals, "best": best["ranked"]})
        tell(ranking(client, asked))
    told = tell({client.name: refusals(client, asked, large) for client in CLIENTS})
    while told.strip():
        told = tell(at_once(asked, json.loads(told)["url"]))


def refusals(client, asked, large):
    return {
        "400": refusal(client, asked, **client.wrong),
        "401": refusal(client, asked, key="wrong"),
        "413": refusal(client, asked, documents=large),
    }


def at_once(asked, url):
    """What each client throws there; all in the moment in which the server is as it is."""
    with ThreadPoolExecutor(max_workers=len(CLIENTS)) as threads:
        thrown = {client.name: threads.submit(refusal, client, asked, url=url) for client in CLIENTS}
        return {name: error.result() for name, error in thrown.items()}


importlib.import_module(sys.argv[1])
if sys.argv[2:] == ["--list"]:
    print(json.dumps([client.name for client in CLIENTS]), file=answers)
else:
    main()
