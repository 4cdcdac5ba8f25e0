package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"keepsake/internal/show/stage"
)

// paragraphs are as many as make a letter of about 10 KB, HTML and text together.
const paragraphs = 3

// newsletter is a composed letter with a first name, three tracked links and a pixel, to a list, now.
func newsletter(list int64) stage.Draft {
	return stage.Draft{Kind: "newsletter", Name: "Autumn teas", Lang: "en", Trigger: stage.Now, Lists: []int64{list},
		Messages: []stage.Message{{Name: "news", Contents: []stage.Content{{Lang: "en", Subject: `{{ subscriber.first_name | default: "Friends" }}, the autumn teas are here`, Document: document()}}}}}
}

func document() json.RawMessage {
	const prose = "The first leaves were picked before sunrise, when the dew was still on them, and dried for three days under the roof of the old mill. What is left is light and sweet, with a little honey in it, and it forgives you when you forget the pot."
	var body strings.Builder
	for i := range paragraphs {
		fmt.Fprintf(&body, `,{"type":"paragraph","content":[{"type":"text","text":"%d. %s"}]}`, i+1, prose)
	}
	return json.RawMessage(`{"v":1,"lang":"en","blocks":[
 {"id":"b1","type":"heading","level":1,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"The autumn teas are here"}]}]}},
 {"id":"b2","type":"text","rich":{"type":"doc","content":[
  {"type":"paragraph","content":[{"type":"text","text":"Good morning, "},{"type":"chip","attrs":{"path":"subscriber.first_name","fallback":"friend"}},{"type":"text","text":"!"}]},
  {"type":"paragraph","content":[{"type":"text","text":"See "},{"type":"text","text":"the new teas","marks":[{"type":"link","attrs":{"href":"https://shop.test/new?season=autumn&from=letter"}}]},
   {"type":"text","text":" and "},{"type":"text","text":"how to keep them","marks":[{"type":"link","attrs":{"href":"https://shop.test/tips/storage"}}]},{"type":"text","text":"."}]}` + body.String() + `]}},
 {"id":"b3","type":"button","label":"To the shop","action":"url","href":"https://shop.test/","variant":"solid"},
 {"id":"b4","type":"footer","why":"You get this letter because you subscribed.","address":"` + stage.Address + `"}]}`)
}
