#!/usr/bin/env python3
"""What the HTML of a letter says and its text does not: words, and links by their address. Argument: a folder with NNN.eml.
Prints {"NNN.eml": [what is missing]}. Shares no code with Keepsake: mail and HTML are read by Python's own parsers."""
import email, email.policy, html.parser, json, pathlib, re, sys

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


class Visible(html.parser.HTMLParser):
    """Collects the words a reader sees and the links among them."""

    def __init__(self):
        super().__init__()
        self.words, self.links, self.hidden = [], [], []

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "a" and not any(self.hidden) and a.get("href", "").startswith("http"):
            self.links.append(a["href"])
        if tag in VOID:
            return
        style = (a.get("style") or "").replace(" ", "")
        self.hidden.append(tag in ("head", "style", "script", "title") or "display:none" in style or a.get("aria-hidden") == "true")

    def handle_endtag(self, tag):
        if self.hidden and tag not in VOID:
            self.hidden.pop()

    def handle_data(self, data):
        if not any(self.hidden):
            self.words += words(data)


def words(text):
    return [w.casefold() for w in re.findall(r"[^\W_]+", text)]


missing = {}
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.eml")):
    message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    page, plain = Visible(), message.get_body(("plain",)).get_content()
    page.feed(message.get_body(("html",)).get_content())
    said = set(words(plain))
    gaps = sorted({w for w in page.words if w not in said})
    # A counted link has its own number in HTML; the text carries the address itself or the counted one.
    gaps += sorted({"a link: " + l for l in page.links if l not in plain and "/c/" not in l})
    if gaps:
        missing[file.name] = gaps
print(json.dumps(missing))
