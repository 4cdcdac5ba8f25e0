# Draws a contest again: python3 check_draw.py record.json
import hashlib, json, sys

def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()

record = json.load(open(sys.argv[1], encoding="utf-8"))
if record["method"] not in ("keepsake-draw-1", "keepsake-draw-2"):
    sys.exit("This record was drawn in another way.")

entry = lambda ticket: ticket.split("+")[0]  # an entry with tickets for friends: id, id+1, id+2
entries = sorted(record["entries"])
list_hash = sha("".join(entry + "\n" for entry in entries))
winners, left, counter = [], entries[:], 0
while left and len(winners) < record["winners_wanted"]:
    digest = sha(f"{record['seed']}:{list_hash}:{counter}")
    number, counter = int(digest[:16], 16), counter + 1
    most = 2**64 - 1
    if number < most - most % len(left):  # no entry may be likelier
        winners.append(entry(left[number % len(left)]))
        left = [ticket for ticket in left if entry(ticket) != winners[-1]]

checks = {
    "the seed is the sealed one": sha(record["seed"]) == record["commitment"],
    "the entries are the frozen ones": list_hash == record["list_sha256"],
    "the winners follow from both": winners == record["winners"],
}
for check, true in checks.items():
    print("yes" if true else "NO ", check)
sys.exit(0 if all(checks.values()) else 1)
