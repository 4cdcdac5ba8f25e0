package main

import (
	"encoding/json"
	"fmt"

	"keepsake/internal/show/stage"
)

// news is a composed letter: a heading, a first name and three tracked links in blocks of their own.
var news = json.RawMessage(`{"v":1,"lang":"bg","blocks":[
 {"id":"b1","type":"heading","level":1,"rich":{"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":"Есенните чайове са тук"}]}]}},
 {"id":"b2","type":"text","rich":{"type":"doc","content":[
  {"type":"paragraph","content":[{"type":"text","text":"Здравейте, "},{"type":"chip","attrs":{"path":"subscriber.first_name","fallback":"приятелю"}},{"type":"text","text":"!"}]},
  {"type":"paragraph","content":[{"type":"text","text":"Вижте "},{"type":"text","text":"новите чайове","marks":[{"type":"link","attrs":{"href":"https://shop.test/new?season=autumn&from=letter"}}]},
   {"type":"text","text":" и "},{"type":"text","text":"как се пазят","marks":[{"type":"link","attrs":{"href":"https://shop.test/tips/storage"}}]},{"type":"text","text":"."}]}]}},
 {"id":"b3","type":"button","label":"Към магазина","action":"url","href":"https://shop.test/","variant":"solid"},
 {"id":"b4","type":"footer","why":"Получавате това писмо, защото сте се абонирали.","address":"` + stage.Address + `"}]}`)

const trackedLinks = 3

// newsSubject is longer than one encoded word; %s is the first name.
const newsSubject = "%s, есенните чайове от планината пристигнаха и Ви чакат в магазина"

// newsletterDraft is the composed campaign to a list.
func newsletterDraft(list int64) stage.Draft {
	subject := fmt.Sprintf(newsSubject, `{{ subscriber.first_name | default: "Приятели" }}`)
	return stage.Draft{Kind: "newsletter", Name: "Autumn teas", Lang: "bg", Trigger: stage.Now, Lists: []int64{list},
		Messages: []stage.Message{{Name: "news", Contents: []stage.Content{{Lang: "bg", Subject: subject, Document: news}}}}}
}
