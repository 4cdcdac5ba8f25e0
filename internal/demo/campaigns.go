package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/render"
)

// plan is one sample campaign.
type plan struct {
	name, kind string
	list       int // -1: every customer
	after      int // days after the lived month began until it starts; -1: stays a draft
	settings   func(b *Builder) campaigns.Kind
	trigger    func(at time.Time) campaigns.Trigger
	codes      int
}

func at(t time.Time) campaigns.Trigger { return campaigns.Trigger{At: &t} }

func on(event string) func(time.Time) campaigns.Trigger {
	return func(time.Time) campaigns.Trigger { return campaigns.Trigger{On: event} }
}

func weekly(time.Time) campaigns.Trigger {
	return campaigns.Trigger{Cron: "0 10 * * 2", Zone: "Europe/Sofia"}
}

var plans = []plan{
	{name: "How was your order? (sample)", kind: "feedback", list: -1, trigger: on("order.fulfilled"), settings: func(*Builder) campaigns.Kind {
		return &campaigns.Feedback{Question: "How was your order?", Scale: "stars", ReviewURL: "https://shop.example/reviews", Promise: "We will write to you within a day and put it right."}
	}},
	{name: "Tea tips every Tuesday (sample)", kind: "knowledge", list: 2, trigger: weekly, settings: func(*Builder) campaigns.Kind {
		return &campaigns.Knowledge{Most: 3, Least: 1}
	}},
	{name: "The autumn teas are here (sample)", kind: "newsletter", list: 0, after: 9, trigger: at, settings: func(*Builder) campaigns.Kind { return &campaigns.Newsletter{} }},
	{name: "A small thank-you for the club (sample)", kind: "gift", list: 1, after: 14, trigger: at, codes: 280, settings: func(*Builder) campaigns.Kind {
		return &campaigns.Gift{Reward: "a 25 g bag of this year's Mursal tea", Terms: "With your next order, one bag a person.", ValidDays: 60}
	}},
	{name: "Win a cast-iron teapot (sample)", kind: "contest", list: 1, after: 18, trigger: at, settings: func(b *Builder) campaigns.Kind {
		start := b.now.AddDate(0, 0, -lived+18)
		return &campaigns.Contest{Prize: "a cast-iron teapot", Starts: start, Ends: start.AddDate(0, 0, 7), Winners: 2, Eligible: "Members of the tea club, 18 or older.",
			Organiser: "Leaf & Kettle (sample shop), 1 Sample Street, Sofia, hello@shop.example", Rules: "One entry a person, free of charge. The prize is sent to the winner within two weeks."}
	}},
	{name: "Winter preview (sample draft)", kind: "newsletter", list: 0, after: -1, trigger: func(time.Time) campaigns.Trigger { return campaigns.Trigger{} },
		settings: func(*Builder) campaigns.Kind { return &campaigns.Newsletter{} }},
}

// campaigns stores the sample campaigns as drafts with their starter letters.
func (b *Builder) campaigns(ctx context.Context) error {
	for _, p := range plans {
		c, err := b.draft(p)
		if err != nil {
			return err
		}
		if err := b.Store.CreateCampaign(ctx, &c); err != nil {
			return err
		}
		if err := b.addCodes(ctx, c.ID, p.codes); err != nil {
			return err
		}
		b.camps[p.name] = c
	}
	return nil
}

func (b *Builder) draft(p plan) (campaigns.Campaign, error) {
	c, err := campaigns.New(p.kind, p.name, "en")
	if err != nil {
		return c, err
	}
	if err := c.Keep(p.settings(b)); err != nil {
		return c, err
	}
	c.Trigger = p.trigger(b.now.AddDate(0, 0, -lived+p.after))
	if p.list >= 0 {
		c.Audience.Lists = []int64{b.lists[p.list].ID}
	}
	for i := range c.Messages {
		for _, lang := range audience.Languages {
			content, err := render.Starter(p.kind, c.Messages[i].Name, lang, b.Files)
			if err != nil {
				return c, err
			}
			c.Messages[i].Contents = append(c.Messages[i].Contents, content)
		}
	}
	return c, nil
}

func (b *Builder) addCodes(ctx context.Context, campaign int64, n int) error {
	var codes []string
	for range n {
		code, err := campaigns.NewCode(rand.Reader, "TEA")
		if err != nil {
			return err
		}
		codes = append(codes, code)
	}
	_, err := b.Store.AddCodes(ctx, campaign, codes)
	return err
}

// articles of the shop's own, one a week but for one week without.
var articles = []campaigns.Item{
	{Title: "Why your green tea tastes bitter", URL: "https://shop.example/tips/green-tea", Excerpt: "Water that boils is too hot for green tea. Let it stand for four minutes, or add a splash of cold, and the bitterness is gone."},
	{Title: "Three brews from one spoon of oolong", URL: "https://shop.example/tips/oolong", Excerpt: "Good oolong opens slowly. Half a minute, then one, then two: the second cup is usually the best."},
	{Title: "How to keep tea fresh for a year", URL: "https://shop.example/tips/storage", Excerpt: "Dark, dry, and away from the coffee. A tin with a tight lid does more than any fridge."},
}

func (b *Builder) writeArticle(ctx context.Context, week int) error {
	i, ok := map[int]int{0: 0, 1: 1, 3: 2}[week] // nothing is written in the third week
	if !ok {
		return nil
	}
	it := articles[i]
	it.Published = b.Clock.Now()
	return b.Store.SaveItems(ctx, "own", []campaigns.Item{it}, []string{fmt.Sprintf("sample-%d", i)})
}
