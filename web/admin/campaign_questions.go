package admin

import (
	"context"
	"maps"
	"slices"

	"keepsake/campaigns"
	"keepsake/campaigns/document"
	"keepsake/internal/render"
)

// questionsOf are what the letters of a campaign ask by themselves, in its own language: polls and invitations.
func (a *Admin) questionsOf(ctx context.Context, c campaigns.Campaign) (all []document.Question) {
	seen := map[string]bool{}
	for _, m := range c.Messages {
		content, err := m.Content(c.Lang, "")
		if err != nil {
			continue // no letter yet
		}
		d, err := a.Dispatch.Document(ctx, content)
		if err != nil {
			continue // not written in blocks
		}
		for _, q := range d.Questions(m.Name) {
			if !seen[q.Field] {
				seen[q.Field] = true
				all = append(all, q)
			}
		}
	}
	return all
}

// questionFigures are the answers to them.
func (a *Admin) questionFigures(ctx context.Context, v campaignView) (all []figureView, err error) {
	for _, q := range a.questionsOf(ctx, v.Campaign) {
		counts, err := a.Store.Tally(ctx, v.ID, q.Field)
		if err != nil {
			return nil, err
		}
		total := 0
		bars := []campaigns.Bar{}
		for _, option := range options(q, counts) {
			total += counts[option]
			bars = append(bars, campaigns.Bar{Label: v.words.option(q, option), Value: float64(counts[option])})
		}
		all = append(all, figureView{Label: q.Text, Number: v.words.N("%d answers", int64(total)), Chart: v.words.chart(bars)})
	}
	return all, nil
}

// options are a question's answers; of one with merge tags, what it said to those who chose it.
func options(q document.Question, counts map[string]int) (all []string) {
	tagged := false
	for _, option := range q.Options {
		if render.Tagged(option) && counts[option] == 0 {
			tagged = true
			continue
		}
		all = append(all, option)
	}
	if !tagged {
		return all
	}
	for _, said := range slices.Sorted(maps.Keys(counts)) {
		if !slices.Contains(all, said) {
			all = append(all, said)
		}
	}
	return all
}

// option is an answer in words.
func (w words) option(q document.Question, option string) string {
	switch {
	case q.Event == nil:
		return option
	case option == "yes":
		return w.T("Yes, I will come")
	}
	return w.T("No, I cannot")
}

// asked names the fields that answer a question by the question.
func asked(questions []document.Question) map[string]string {
	names := map[string]string{}
	for _, q := range questions {
		names[q.Field] = q.Text
	}
	return names
}
