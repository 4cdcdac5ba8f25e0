#!/usr/bin/env python3
"""Verifies the DKIM signatures of every letter that arrived with dkimpy, which shares no code with Keepsake.

usage: show-dkim.py RECORDS.json FOLDER

RECORDS.json: {name: text of its TXT record}. FOLDER: files *.eml as they came over the wire, with CRLF.
Each letter must have a signature by RSA and one by Ed25519, both must hold, and each must cover every header of
COVERED that the letter has; those of OVERSIGNED once more than they are there, so that none can be added. Message-ID and
Date must not be covered: Amazon SES replaces both.
Prints one JSON object: letters, signatures that hold by algorithm, unverified and uncovered letters, an example of each.
"""
import email
import glob
import json
import os
import sys

try:
    import dkim
except ImportError:  # Debian's packages belong to Debian's Python
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3"] + sys.argv)

OVERSIGNED = ["From", "To", "Subject", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"]
COVERED = OVERSIGNED + ["MIME-Version", "Content-Type", "Content-Transfer-Encoding", "List-ID", "List-Post", "Feedback-ID",
                        "Auto-Submitted", "Precedence"]
REPLACED = ["Message-ID", "Date"]


def check(data, records):
    """The algorithms whose signatures hold, and the headers that one of them covers otherwise than it should."""
    message = email.message_from_bytes(data)
    hold, missing = [], set()
    for i in range(len(message.get_all("DKIM-Signature", []))):
        d = dkim.DKIM(data, minkey=2048)
        try:
            good = d.verify(idx=i, dnsfunc=lambda name, timeout=5: records.get(name.decode().rstrip(".").lower()))
        except dkim.DKIMException as err:
            print(err, file=sys.stderr)
            continue
        if not good:
            continue
        hold.append(d.signature_fields[b"a"].decode())
        signed = [h.strip().lower() for h in d.signature_fields[b"h"].decode().split(":")]
        for name in COVERED:
            there = len(message.get_all(name, []))
            want = there + 1 if name in OVERSIGNED else there
            if signed.count(name.lower()) < want:
                missing.add(name)
        missing.update(name for name in REPLACED if name.lower() in signed)
    return hold, missing


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        records = {name: text.encode() for name, text in json.load(f).items()}
    out = {"letters": 0, "rsa": 0, "ed25519": 0, "unverified": 0, "uncovered": 0, "example": ""}
    for path in sorted(glob.glob(os.path.join(sys.argv[2], "*.eml"))):
        with open(path, "rb") as f:
            hold, missing = check(f.read(), records)
        out["letters"] += 1
        out["rsa"] += "rsa-sha256" in hold
        out["ed25519"] += "ed25519-sha256" in hold
        if sorted(hold) != ["ed25519-sha256", "rsa-sha256"]:
            out["unverified"] += 1
            out["example"] = f"{path}: only {hold} hold"
        if missing:
            out["uncovered"] += 1
            out["example"] = f"{path}: {sorted(missing)} not covered as they should be"
    json.dump(out, sys.stdout)


main()
