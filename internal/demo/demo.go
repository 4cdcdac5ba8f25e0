package demo

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/dispatch"
	"keepsake/internal/store"
)

// The size of the sample shop.
const (
	people = 5000
	orders = 12000
	days   = 730 // the past the orders are spread over
	lived  = 30  // the last days, which campaigns really lived through
	perDay = orders / days
	seed   = 20261121
)

// Builder makes the sample shop.
type Builder struct {
	Store    *store.Store
	Dispatch *dispatch.Dispatcher
	Clock    *Clock
	Files    fs.FS // templates, for the starter letters
	Say      func(format string, args ...any)

	r     *rand.Rand
	lists [3]audience.List // news, club, tips
	now   time.Time
	folk  []audience.Subscriber
	made  int // orders so far
	camps map[string]campaigns.Campaign
}

// Build makes the shop and lets it live through its last month: every letter in the
// mailbox was planned, rendered and sent as any other.
func (b *Builder) Build(ctx context.Context) error {
	b.r = rand.New(rand.NewPCG(seed, 1))
	b.now = time.Now().UTC().Truncate(time.Hour)
	b.camps = map[string]campaigns.Campaign{}
	defer b.Clock.set(time.Time{})
	b.Clock.set(b.now.AddDate(0, 0, -lived))
	for _, step := range []func(context.Context) error{b.shop, b.past, b.campaigns, b.live} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("sample shop: %w", err)
		}
	}
	return b.Store.SaveSetting(ctx, "demo", "built")
}

func (b *Builder) shop(ctx context.Context) error {
	err := b.Store.SaveShop(ctx, store.Shop{Name: "Leaf & Kettle (sample)", Address: "Leaf & Kettle (sample shop), 1 Sample Street, 1000 Sofia, Bulgaria",
		URL: "https://shop.example/", SenderName: "Leaf & Kettle", SenderEmail: "hello@shop.example", Lang: "en", Zone: "Europe/Sofia", Sample: true})
	if err != nil {
		return err
	}
	for i, l := range []audience.List{
		{Name: "Newsletter", Description: "News of the shop, about twice a month.", OptIn: audience.Double},
		{Name: "Tea club", Description: "First tastes, small gifts and games.", OptIn: audience.Double},
		{Name: "Tips and recipes", Description: "How to get more out of your tea, every Tuesday.", OptIn: audience.Double},
	} {
		if err := l.Validate(); err != nil {
			return err
		}
		if err := b.Store.CreateList(ctx, &l); err != nil {
			return err
		}
		b.lists[i] = l
	}
	return nil
}

// past loads people and all orders but those of the month that is lived through.
func (b *Builder) past(ctx context.Context) error {
	past := store.Past{Joined: map[string][]int64{}, Orders: map[string][]audience.Order{}, Source: "sample"}
	for i := range people {
		p := person(i, b.r, b.now)
		past.People = append(past.People, p)
		past.Joined[p.EmailNorm] = b.joins(i)
	}
	for ; b.made < orders-lived*perDay; b.made++ {
		ago := time.Duration(lived*24+b.r.IntN((days-lived)*24)) * time.Hour
		p := past.People[b.customer()]
		state := "fulfilled"
		if b.r.IntN(40) == 0 {
			state = "refunded"
		}
		o := order(b.made, b.r, b.now.Add(-ago-48*time.Hour), state)
		past.Orders[p.EmailNorm] = append(past.Orders[p.EmailNorm], o)
	}
	b.Say("Loading %d sample subscribers and %d sample orders …", people, orders)
	b.folk = past.People
	return b.Store.LoadPast(ctx, past)
}

func (b *Builder) joins(i int) []int64 {
	var lists []int64
	for l, every := range []int{5, 17, 16} { // about 1,000, 290 and 310 people
		if i%every == every-1 {
			lists = append(lists, b.lists[l].ID)
		}
	}
	return lists
}

// customer picks who buys: some buy often, most seldom.
func (b *Builder) customer() int {
	f := b.r.Float64()
	return int(f * f * people)
}
