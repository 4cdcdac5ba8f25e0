#!/usr/bin/env python3
"""Parses every letter that arrived with Python's own email parser and names each fault against STANDARDS 1-4.

usage: show-headers.py EXPECT.json FOLDER

EXPECT.json: {"domain": the sender's, "base": how every link of ours begins, "address": the postal address,
"people": {recipient: {"subject": ..., "says": [words of both parts]}, or {} where only the form is judged}, "links": tracked links a letter has}.
FOLDER: files *.eml as they came over the wire, with CRLF, or dumps of Postfix's smtp-sink (LF, its own headers first).
Prints one JSON object: letters, recipients with their counts, faults with their counts, and an example of each.
"""
import collections
import email
import email.policy
import email.utils
import functools
import html
import json
import multiprocessing
import os
import re
import sys
import time

ONCE = ["Date", "From", "To", "Subject", "Message-ID", "MIME-Version", "Content-Type", "Reply-To",
        "List-Unsubscribe", "List-Unsubscribe-Post", "List-ID", "Feedback-ID"]
OPTIONAL = {"Reply-To"}
BESIDES = {"List-Post", "List-Help", "Precedence", "Auto-Submitted"}


class Strict(email.policy.EmailPolicy):
    """Python's strict policy, which remembers what it has parsed: the same header stands in thousands of letters."""

    parse = staticmethod(functools.lru_cache(maxsize=10_000)(email.policy.strict.header_fetch_parse))

    def header_fetch_parse(self, name, value):
        return self.parse(name, value)


STRICT = Strict(raise_on_defect=True)


def read(path):
    """The recipient of the envelope (None for .eml) and the message as it arrived."""
    with open(path, "rb") as f:
        data = f.read()
    if path.endswith(".eml"):
        return None, data
    head, _, _ = data.partition(b"\n\n")
    rcpt = re.findall(rb"^X-Rcpt-Args: <([^>]*)>", head, re.M)
    _, _, message = data.partition(b"\nReceived: ")
    lines = message.split(b"\n")
    skip = 1
    while lines[skip][:1] in (b" ", b"\t"):
        skip += 1
    message = b"\n".join(lines[skip:])
    return rcpt[0].decode() if len(rcpt) == 1 else "", message.removesuffix(b"\n\n") + b"\n"


def raw_faults(message, wire):
    """What is wrong with the bytes themselves."""
    head = message.partition(b"\r\n\r\n" if wire else b"\n\n")[0]
    if wire and re.search(rb"(?<!\r)\n|\r(?!\n)", message):
        yield "a line does not end with CRLF"
    if not wire and b"\r" in message:
        yield "a bare CR"
    if b"\0" in message:
        yield "a NUL"
    if any(len(line) > 998 for line in message.replace(b"\r\n", b"\n").split(b"\n")):
        yield "a line is longer than 998"
    if not head.isascii():
        yield "raw non-ASCII in a header"
    if not message.isascii():
        yield "an 8-bit body"
    for line in head.replace(b"\r\n", b"\n").split(b"\n"):
        if b"=?" in line and len(line) > 76:
            yield "a line with an encoded word is longer than 76"
        if any(len(word) > 75 for word in re.findall(rb"=\?[^ ]*\?=", line)):
            yield "an encoded word is longer than 75"


def header_faults(msg, want):
    for name in ONCE:
        n = len(msg.get_all(name, []))
        if n > 1 or n == 0 and name not in OPTIONAL:
            yield f"{name} is there {n} times"
    for name, value in msg.items():
        for defect in getattr(value, "defects", []):
            yield f"{name}: {type(defect).__name__}"
    for name in {n.title() for n in msg.keys()} - {n.title() for n in BESIDES | set(ONCE)}:
        yield f"a header that nobody asked for: {name}"
    uris = re.fullmatch(r"\s*(<[^<>\s]+>)(\s*,\s*<[^<>\s]+>)*\s*", msg["List-Unsubscribe"] or "")
    web = re.findall(r"<(https://[^>]+)>", msg["List-Unsubscribe"] or "")
    if not uris or len(web) != 1 or not web[0].startswith(want["base"] + "/u/"):
        yield "List-Unsubscribe is not <one https URI of ours>"
    if msg["List-Unsubscribe-Post"] != "List-Unsubscribe=One-Click":
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click"
    if not re.search(r"<[a-z0-9._-]+\.%s>$" % re.escape(want["domain"]), msg["List-ID"] or ""):
        yield "List-ID does not end with <label.domain>"
    fields = (msg["Feedback-ID"] or "").split(":")
    if len(fields) != 4 or not 5 <= len(fields[3]) <= 15:
        yield "Feedback-ID is not a:b:c:SenderId"
    if not re.fullmatch(r"<[^<>@\s]+@%s>" % re.escape(want["domain"]), (msg["Message-ID"] or "").strip()):
        yield "Message-ID is not on the sender's domain"
    when = email.utils.parsedate_to_datetime(msg["Date"]) if msg["Date"] else None
    if when is None or abs(when.timestamp() - time.time()) > 86400:
        yield "Date is not now"
    senders = msg["From"].addresses if msg["From"] else ()
    if len(senders) != 1 or senders[0].domain != want["domain"]:
        yield "From is not one address of the sender's domain"


def body_faults(msg, want, person):
    parts = list(msg.iter_parts()) if msg.is_multipart() else []
    if msg.get_content_type() != "multipart/alternative" or [p.get_content_type() for p in parts] != ["text/plain", "text/html"]:
        yield "not multipart/alternative with the text first"
        return
    if len(msg.get_boundary() or "x" * 99) > 70:
        yield "the boundary is longer than 70"
    for part in parts:
        for defect in part.defects:
            yield f"{part.get_content_type()}: {type(defect).__name__}"
    text, page = (p.get_content() for p in parts)
    if len(page.encode()) > 100_000:
        yield "the HTML is larger than 100 kB"
    link = re.findall(r"<(https://[^>]+)>", msg["List-Unsubscribe"] or "") or ["?"]
    shown = html.unescape(page)
    for what, said in (("text", text), ("HTML", shown)):
        flat = " ".join(said.split())
        if " ".join(want["address"].split()) not in " ".join(re.sub(r"<[^>]+>", " ", flat).split()):
            yield f"no postal address in the {what}"
        if link[0] not in flat:
            yield f"no unsubscribe link in the {what}"
        for words in person.get("says", []):
            if words not in flat:
                yield f"the {what} does not say what it should"
        if "says" in person and ("{{" in said or "{%" in said):
            yield f"an unfilled merge tag in the {what}"
    tracked = set(re.findall(re.escape(want["base"]) + r"/c/[^\"'\s<>]+", shown))
    if want.get("links") and len(tracked) != want["links"]:
        yield f"{len(tracked)} tracked links in the HTML"


def check(path):
    rcpt, message = read(path)
    faults = list(raw_faults(message, rcpt is None))
    try:
        msg = email.message_from_bytes(message, policy=STRICT)
        to = [a.addr_spec for a in msg["To"].addresses] if msg["To"] else []
        rcpt = rcpt or (to[0] if to else "")
        person = WANT["people"].get(rcpt)
        if person is None or to != [rcpt]:
            faults.append("To is not the recipient")
        elif "subject" in person and msg["Subject"] != person["subject"]:
            faults.append("the subject did not arrive in one piece")
        faults += header_faults(msg, WANT)
        faults += body_faults(msg, WANT, person or {})
        return path, rcpt, str(msg["Message-ID"]), msg["Feedback-ID"], faults
    except Exception as err:  # the strict policy raises what it finds
        return path, rcpt or "", path, "", faults + [f"unreadable: {type(err).__name__}: {err}"]


def main():
    folder = sys.argv[2]
    paths = sorted(os.path.join(d, f) for d, _, files in os.walk(folder) for f in files)
    out = {"letters": len(paths), "recipients": collections.Counter(), "faults": collections.Counter(), "examples": {}}
    ids = collections.Counter()
    with multiprocessing.Pool() as pool:
        for path, rcpt, message_id, _, faults in pool.imap_unordered(check, paths, 50):
            out["recipients"][rcpt] += 1
            ids[message_id] += 1
            if ids[message_id] > out["recipients"][rcpt]:  # the same letter again carries the same one
                faults.append("Message-ID is not unique")
            for fault in faults:
                out["faults"][fault] += 1
                out["examples"].setdefault(fault, path)
    json.dump(out, sys.stdout)


with open(sys.argv[1], encoding="utf-8") as f:
    WANT = json.load(f)
if __name__ == "__main__":
    main()
