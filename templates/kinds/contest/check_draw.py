# Draws a contest again from its published record: python3 check_draw.py record.json
import hashlib, json, sys

def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()

record = json.load(open(sys.argv[1], encoding="utf-8"))
if record["method"] != "keepsake-draw-1":
    sys.exit("This record was drawn in a way that this script does not know.")

entries = sorted(record["entries"])
list_hash = sha("".join(entry + "\n" for entry in entries))
winners, left, counter = [], entries[:], 0
while left and record["winners_wanted"] > len(winners):
    digest = sha("%s:%s:%d" % (record["seed"], list_hash, counter))
    number, counter = int(digest[:16], 16), counter + 1
    last = 2**64 - 1
    if number >= last - last % len(left):  # so that no entry is likelier than another
        continue
    winners.append(left.pop(number % len(left)))

checks = {
    "the seed is the one that was sealed": sha(record["seed"]) == record["commitment"],
    "the list of entries is the published one": list_hash == record["list_sha256"],
    "the winners are the published ones": winners == record["winners"],
}
for check, true in checks.items():
    print("yes" if true else "NO ", check)
sys.exit(0 if all(checks.values()) else 1)
