package dispatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/internal/preflight"
	"keepsake/internal/render"
	"keepsake/internal/store"
)

const whyMissing = "A letter with a hole in it is not sent: who lacks the value gets none. A fallback is what stands there for them instead."

// valueLines say how many people would get no letter because a value is missing for them,
// and how long the letter is for the one it is longest for.
func (d *Dispatcher) valueLines(ctx context.Context, c *checked) ([]Line, error) {
	shop, err := d.store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	o := d.options(ctx, shop)
	o.LinkIDs = tallest
	letter, err := render.Compile(c.Content, o)
	if err != nil {
		return nil, nil // said already
	}
	opened, err := d.open(ctx, c.Campaign)
	if err != nil {
		return nil, nil // said already
	}
	v := valueCheck{d: d, c: c, shop: shop, letter: letter, campaign: opened, desk: d.desk(opened.Campaign, 0), lacks: map[string]int64{}, counted: map[string]bool{}, sampled: map[string]int{}}
	if err := v.count(ctx); err != nil {
		return nil, err
	}
	v.sample(ctx)
	return append(v.lines(), found(preflight.Size(max(v.longest, len(c.preview.HTML))))...), nil
}

// tallest numbers links as long as they will ever be.
func tallest(urls []string) ([]int64, error) {
	ids := make([]int64, len(urls))
	for i := range ids {
		ids[i] = 10_000_000 + int64(i)
	}
	return ids, nil
}

// valueCheck looks for people who lack what a letter needs.
type valueCheck struct {
	d        *Dispatcher
	c        *checked
	shop     store.Shop
	letter   *render.Letter
	campaign *campaign
	desk     *desk // one for all who are looked at: what it counts it counts once
	people   int64 // readers, by the database
	estimate bool
	lacks    map[string]int64 // of them, by path
	counted  map[string]bool  // paths that the database counted
	sampled  map[string]int   // of all others: how many of those looked at lack them
	looked   int
	longest  int // letter of those looked at, bytes
}

// who are the readers of this letter.
func (v *valueCheck) who() store.Who { return whoReads(v.c.Draft) }

func whoReads(p Draft) store.Who {
	w := store.Who{Audience: p.Campaign.Audience}
	if len(p.Message.Of(p.Content.Variant)) < 2 {
		return w
	}
	if p.Content.Lang != p.Campaign.Lang {
		w.Lang = p.Content.Lang
		return w
	}
	for _, content := range p.Message.Of(p.Content.Variant) {
		if content.Lang != p.Content.Lang {
			w.NotLangs = append(w.NotLangs, content.Lang)
		}
	}
	return w
}

// count lets the database count those who lack a plain value of the subscriber. Whether the
// letter is not made for them is tried on one of them: the tag may stand in a branch they do not get.
func (v *valueCheck) count(ctx context.Context) error {
	paths := countable(v.letter.Needs())
	if len(paths) == 0 || len(v.c.Campaign.Audience.Lists) == 0 {
		return nil
	}
	counts, err := v.d.store.Rare(ctx, v.who(), lacking(paths))
	if err != nil {
		return err
	}
	v.people, v.estimate = counts.People, counts.Estimate
	people, err := v.d.store.People(ctx, kept(counts))
	if err != nil {
		return err
	}
	for i, path := range paths {
		v.lacks[path] = counts.Shown[i].People
		p, found := people[counts.Shown[i].Kept]
		v.counted[path] = v.lacks[path] == 0 || found && v.needs(ctx, p, path)
	}
	return nil
}

// lacking are the conditions that somebody has nothing at these paths.
func lacking(paths []string) []store.Condition {
	all := make([]store.Condition, len(paths))
	for i, path := range paths {
		all[i].Lacks = path
	}
	return all
}

// kept are the numbers of those whom conditions keep, one for each.
func kept(b store.Branches) (ids []int64) {
	for _, s := range b.Shown {
		ids = append(ids, s.Kept)
	}
	return ids
}

func countable(needs []render.Need) (paths []string) {
	for _, n := range needs {
		if store.Countable(n.Path) {
			paths = append(paths, n.Path)
		}
	}
	return paths
}

func (v *valueCheck) needs(ctx context.Context, p audience.Subscriber, path string) bool {
	values, err := v.valuesOf(ctx, p)
	return err == nil && slices.Contains(v.letter.Missing(values), path)
}

// sample makes the letter for some real people and looks at what it lacks and how long it is.
func (v *valueCheck) sample(ctx context.Context) {
	for _, p := range v.c.people {
		values, err := v.valuesOf(ctx, p)
		if err != nil {
			continue // a kind's own reason, not the letter's
		}
		v.looked++
		out, err := v.letter.Render(values)
		if missing, ok := errors.AsType[*render.MissingError](err); ok {
			for _, path := range missing.Paths {
				v.sampled[path]++
			}
			continue
		}
		v.longest = max(v.longest, len(out.HTML))
	}
}

func (v *valueCheck) lines() (lines []Line) {
	for _, n := range v.letter.Needs() {
		lacking, people := v.lacks[n.Path], v.people
		l := Line{Level: "warn", About: "values", Because: whyMissing, path: n.Path}
		name := campaigns.Named(v.campaign.kind, n.Path)
		switch {
		case !v.counted[n.Path]:
			lacking, people = int64(v.sampled[n.Path]), int64(v.looked)
			l.Format, l.Args = "“%s” is empty for %d of %d people looked at; they get no letter. Give it a fallback.", []any{name, lacking, people}
		case v.estimate:
			l.Format, l.Args = "“%s” is empty for about %d of %d people (an estimate); they get no letter. Give it a fallback.", []any{name, lacking, people}
		default:
			l.Format, l.Args = "“%s” is empty for %d of %d people; they get no letter. Give it a fallback.", []any{name, lacking, people}
		}
		if lacking == 0 {
			continue
		}
		if lacking == people {
			l.Level, l.Format, l.Args = "fail", "“%s” is empty for everybody, so nobody would get this letter. Fill it in, or give it a fallback.", []any{name}
		}
		l.Block, l.Field, l.At = whereIs(n.Where, n.Line)
		lines = append(lines, l)
	}
	if len(lines) == 0 && v.looked > 0 {
		return []Line{{Level: "pass", About: "values", Format: "No value is empty for the %d people looked at.", Args: []any{v.looked}}}
	}
	return lines
}

// valuesOf are what this person's letter would be filled with.
func (v *valueCheck) valuesOf(ctx context.Context, p audience.Subscriber) (render.Values, error) {
	values, err := v.sampleValues(ctx, p)
	if err != nil {
		return values, err
	}
	return values, v.d.lookUp(ctx, &values, v.letter)
}

func (v *valueCheck) sampleValues(ctx context.Context, p audience.Subscriber) (render.Values, error) {
	d, c, m := v.d, v.campaign, v.c.Message
	w, err := d.sampleWork(ctx, Draft{Campaign: c.Campaign, Message: m, Person: p})
	if err != nil {
		return render.Values{}, err
	}
	data, err := c.kind.Data(ctx, previewDesk{v.desk, d.samples(p.Lang)}, recipient(w, m.Name, d.store.Now()))
	if err != nil {
		return render.Values{}, fmt.Errorf("data: %w", err)
	}
	values := d.values(letterOf{shop: v.shop, c: c, m: m, w: w, at: d.store.Now()}, data)
	values.Links, values.Hop = d.Links(w), d.hop(w, true)
	return values, nil
}

// pictureLines say what the letter's own pictures weigh.
func (d *Dispatcher) pictureLines(ctx context.Context, c *checked) ([]Line, error) {
	shown := preflight.Assets(c.letter, strings.TrimRight(d.o.BaseURL, "/")+"/media/")
	names := make([]string, len(shown))
	for i, p := range shown {
		names[i] = p.Name
	}
	known, err := d.store.AssetsShown(ctx, names)
	if err != nil {
		return nil, err
	}
	var pictures []preflight.Picture
	for _, p := range shown {
		if a, ok := known[p.Name]; ok {
			pictures = append(pictures, preflight.Picture{Name: a.Name, Block: p.Block, Bytes: int(a.Weight(p.Name))})
		}
	}
	return found(preflight.Pictures(pictures)), nil
}
