"""Drives the simulated router with two clients that know nothing of it: librouteros and RouterOS-api.

Usage: routeros_clients.py NEW_PORT OLD_PORT NAME PASSWORD

NEW_PORT belongs to a router that knows the login with a password, OLD_PORT to one that only knows the challenge. Both
have one secret, `ivan`. Prints one line for each client when it is content, and fails with a traceback otherwise.
"""

import sys

import librouteros
import routeros_api
from librouteros.exceptions import TrapError
from librouteros.login import plain, token
from librouteros.query import And, Key, Or
from routeros_api.exceptions import RouterOsApiCommunicationError

HOST = "127.0.0.1"


def trapped(error, call):
    """Expects the call to be refused, and returns the router's text."""
    try:
        call()
    except error as refusal:
        return str(refusal)
    raise AssertionError("the router was expected to refuse")


def names(rows):
    return [row["name"] for row in rows]


def change_secrets(api, name):
    """Adds, duplicates, changes, finds and removes a secret."""
    secrets = api.path("ppp", "secret")
    identifier = secrets.add(name=name, password="p", comment="Гость", disabled=True)
    assert identifier.startswith("*"), identifier
    refusal = trapped(TrapError, lambda: secrets.add(name=name))
    assert "already exists" in refusal, refusal

    key, disabled, comment = Key("name"), Key("disabled"), Key("comment")
    found = list(secrets.select(key, disabled, comment).where(key == name))
    assert found == [{"name": name, "disabled": True, "comment": "Гость"}], found
    either = list(secrets.select(key).where(Or(key == name, key == "ivan")))
    assert sorted(names(either)) == sorted(["ivan", name]), either
    both = list(secrets.select(key).where(And(key == name, disabled == False)))  # noqa: E712
    assert both == [], both

    secrets.update(**{".id": identifier, "disabled": False})
    assert names(secrets.select(key).where(disabled == False)) == ["ivan", name]  # noqa: E712
    secrets.remove(identifier)
    assert names(secrets) == ["ivan"]
    assert "no such item" in trapped(TrapError, lambda: secrets.remove(identifier))


def listen_and_cancel(listener, writer):
    """Hears of a new secret and of its end, and takes the listener back."""
    listener.protocol.writeSentence("/ppp/secret/listen", "=.proplist=.id,.dead,name")
    # A listen is not acknowledged: the answer to a later command on the same connection shows that it is in force.
    # (This client knows no tags.)
    assert names(listener("/system/identity/print")) == ["MikroTik"]
    secrets = writer.path("ppp", "secret")
    identifier = secrets.add(name="guest")
    assert listener.readSentence() == ("!re", {".id": identifier, "name": "guest"})
    secrets.remove(identifier)
    assert listener.readSentence() == ("!re", {".id": identifier, ".dead": True})
    listener.protocol.writeSentence("/cancel")
    word, attributes = listener.readSentence()
    assert (word, attributes["message"], attributes["category"]) == ("!trap", "interrupted", 2), attributes
    assert listener.readSentence() == ("!done", {}), "the end of the cancel itself"
    assert listener.readSentence() == ("!done", {}), "the end of the listener"


def check_librouteros(new, old, name, password):
    for port, method in ((new, plain), (old, token)):
        for encoding in ("utf-8", "cp1251"):
            options = {"port": port, "login_method": method, "encoding": encoding}
            api = librouteros.connect(HOST, name, password, **options)
            assert names(api.path("ppp", "secret")) == ["ivan"]
            assert list(api.path("ppp", "active")) == []
            change_secrets(api, "Пётр")
            writer = librouteros.connect(HOST, name, password, **options)
            listen_and_cancel(api, writer)
            assert "unknown parameter" in trapped(TrapError, lambda: list(api("/ppp/secret/add", nmae="x")))
            assert "no such command" in trapped(TrapError, lambda: list(api("/ppp/nothing/print")))
            api.close()
            writer.close()
        wrong = trapped(TrapError, lambda: librouteros.connect(HOST, name, "guess", port=port, login_method=method))
        assert "log" in wrong or "password" in wrong, wrong
    print("librouteros: content")


def check_routeros_api(new, old, name, password):
    for port, plaintext in ((new, True), (old, False)):
        pool = routeros_api.RouterOsApiPool(HOST, name, password, port=port, plaintext_login=plaintext)
        api = pool.get_api()
        secrets = api.get_resource("/ppp/secret")
        assert names(secrets.get()) == ["ivan"]
        assert api.get_resource("/ppp/active").get() == []
        identifier = secrets.add(name="Пётр", comment="guest").done_message["ret"]
        refusal = trapped(RouterOsApiCommunicationError, lambda: secrets.add(name="Пётр"))
        assert "already exists" in refusal, refusal
        secrets.set(id=identifier, disabled="yes")
        (row,) = secrets.get(name="Пётр")
        assert (row["disabled"], row["comment"]) == ("true", "guest"), row
        assert secrets.call("print", {"count-only": None}).done_message["ret"] == "2"
        secrets.remove(id=identifier)
        assert names(secrets.get()) == ["ivan"]
        raw = api.get_binary_resource("/ppp/secret")
        written = "Пётр".encode("cp1251")
        identifier = raw.add(name=written).done_message["ret"]
        assert [row["name"] for row in raw.get()] == [b"ivan", written]
        raw.remove(id=identifier)
        pool.disconnect()
    print("RouterOS-api: content")


def main():
    new, old, name, password = sys.argv[1:]
    check_librouteros(int(new), int(old), name, password)
    check_routeros_api(int(new), int(old), name, password)


if __name__ == "__main__":
    main()
