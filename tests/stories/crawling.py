"""Everything that an organization can read: every GET of the API's own description, for every id that
any party of the story comes across, its own or not."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import httpx

from tests.stories.client import Client

Texts = dict[str, str]
"""The text of an answer, by path."""


def crawl(clients: Mapping[str, Client]) -> dict[str, Texts]:
    """What each of these organizations reads in all, refusals too, by its name."""
    calls = list(_calls(next(iter(clients.values()))))
    lists = {name: dict(_lists(client, calls)) for name, client in clients.items()}
    ids = _ids(text for texts in lists.values() for text in texts.items())
    return {
        name: _things(client, calls, ids) | _texts(lists[name]) | _files(client, calls)
        for name, client in clients.items()
    }


def ids_of_lists(client: Client) -> dict[str, set[str]]:
    """The ids of all that one organization finds in lists, by the path of the list."""
    return _ids(_lists(client, _calls(client)))


def _calls(client: Client) -> Iterator[tuple[str, bool]]:
    """Every path that can be read, and whether it takes `limit`."""
    for path, methods in client.get("/openapi.json")["paths"].items():
        if call := methods.get("get"):
            limited = any(parameter["name"] == "limit" for parameter in call.get("parameters", ()))
            yield path.removeprefix("/api/v1"), limited


def _lists(client: Client, calls: Iterable[tuple[str, bool]]) -> Iterator[tuple[str, httpx.Response]]:
    for path, limited in calls:
        if "{" not in path:
            yield path, _answer(client, f"{path}?limit=200" if limited else path)


def _answer(client: Client, path: str) -> httpx.Response:
    answer = client.call("GET", path)
    assert answer.status_code in {200, 403, 404}, f"GET {path} answered {answer.status_code}: {answer.text}"
    return answer


def _ids(lists: Iterable[tuple[str, httpx.Response]]) -> dict[str, set[str]]:
    """Ids of things by the path of their list; contracts have no list, but accounts name them."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, answer in lists:
        for item in answer.json().get("items", ()):
            found[path].add(item.get("id", ""))
            if path == "/credit-accounts":
                found["/contracts"].add(item["contract"])
    return found


def _things(client: Client, calls: Iterable[tuple[str, bool]], ids: Mapping[str, set[str]]) -> Texts:
    texts = {}
    for path, _ in calls:
        collection, bracket, rest = path.partition("/{")
        if not bracket:
            continue
        assert ids[collection], f"nobody knows an id for {path}"
        for id_ in ids[collection]:
            one = f"{collection}/{id_}{rest.partition('}')[2]}"
            texts[one] = _answer(client, one).text
    return texts


def _files(client: Client, calls: Iterable[tuple[str, bool]]) -> Texts:
    """What goes out to ERPs, as whole files."""
    paths = [f"{path}?format=csv" for path, _ in calls if path.startswith("/exports/")]
    return {path: _answer(client, path).text for path in paths}


def _texts(answers: Mapping[str, httpx.Response]) -> Texts:
    return {path: answer.text for path, answer in answers.items()}
