"""Drives every client of clients.py for python.spec.ts.

`drive.py --list` prints their names. Otherwise the first line of stdin is a JSON object with url, key, query and documents;
then each client's ranking is a line of JSON on stdout, and after it a line with what the client throws when it is refused.
The next one begins when a line comes back.
"""

import dataclasses
import importlib.metadata
import json
import os
import sys

from clients import CLIENTS, Asked

answers = os.fdopen(os.dup(1), "w")
sys.stdout = sys.stderr  # some clients print


def tell(answer):
    print(json.dumps(answer), file=answers, flush=True)
    sys.stdin.readline()


def described(client):
    version = importlib.metadata.version(client.package)
    return {"client": client.name, "package": client.package, "version": version, "reads": client.reads}


def ranking(client, asked):
    try:
        return {"ranked": [list(item) for item in client.rank(asked)]}
    except Exception as error:  # every client is tried, whatever one of them throws
        return {"ranked": [], "error": f"{type(error).__name__}: {str(error)[:400]}"}


def refusal(client, asked):
    """The class of what it throws; None if it threw nothing."""
    try:
        client.rank(asked)
        return None
    except Exception as error:
        return type(error).__name__


def main():
    asked = Asked(**json.loads(sys.stdin.readline()))
    for client in CLIENTS:
        tell({**described(client), **ranking(client, asked)})
        wrong_key = refusal(client, dataclasses.replace(asked, key="wrong"))
        wrong_body = refusal(client, dataclasses.replace(asked, query="   "))
        tell({"400": wrong_body, "401": wrong_key})


if sys.argv[1:] == ["--list"]:
    print(json.dumps([client.name for client in CLIENTS]), file=answers)
else:
    main()
