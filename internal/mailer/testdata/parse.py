"""Reads a message from stdin as strictly as Python can and says what it holds, as JSON."""
import email
import email.policy
import json
import sys

msg = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.strict)
out = {"Headers": {}, "Types": [], "Defects": []}
for name, value in msg.items():
    out["Headers"].setdefault(name, []).append(str(value))
    out["Defects"] += [f"{name}: {d!r}" for d in getattr(value, "defects", [])]
for part in msg.walk():
    kind = part.get_content_type()
    out["Types"].append(kind)
    out["Defects"] += [f"{kind}: {d!r}" for d in part.defects]
    for name, value in part.items():
        out["Defects"] += [f"{kind} {name}: {d!r}" for d in getattr(value, "defects", [])]
    if kind == "text/plain":
        out["Text"] = part.get_content().replace("\r\n", "\n")
    if kind == "text/html":
        out["HTML"] = part.get_content().replace("\r\n", "\n")
json.dump(out, sys.stdout)
