package api

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"keepsake/campaigns/audience"
	"keepsake/internal/exchange"
	"keepsake/internal/store"
)

// people are the operations on one whole person.
func (s *server) people() {
	const tag = "Subscribers"
	add(s, endpoint{id: "erase-subscriber", method: http.MethodDelete, path: "/subscribers/{id}", tag: tag, summary: "Erase a person",
		description: "Everything about the person goes, answers and files of exports that name them too. What stays: a hash of the address, so that no import brings it back (GDPR, articles 17 and 21), the sums of the orders and campaigns’ figures, with nobody in them. While a letter to them is leaving it is a conflict: ask again in a minute.",
		status:      http.StatusNoContent, faults: []int{http.StatusConflict}}, s.erase)
	add(s, endpoint{id: "merge-subscribers", method: http.MethodPost, path: "/subscribers/{id}/merge", tag: tag, summary: "Make one person of two",
		description: "All history of the other goes to this one, whose fields stay unless take names them; what this one lacks is the other’s anyway. The stricter state wins: who left, complained or was stopped with either address gets no mail. The other’s number and address lead to this one from then on. Undone by /merges/{id}/undo for 30 days.",
		faults:      []int{http.StatusConflict}}, s.merge)
	add(s, endpoint{id: "undo-merge", method: http.MethodPost, path: "/merges/{id}/undo", tag: tag, summary: "Part two people again",
		description: "What happened since stays with the one who was kept.", faults: []int{http.StatusConflict}}, s.unmerge)
	add(s, endpoint{id: "timeline", method: http.MethodGet, path: "/subscribers/{id}/timeline", tag: tag, summary: "What happened to one person, newest first",
		description: "Letters, those that were not sent and why, opens, clicks, bounces, consent, orders, answers, codes, events and changes by hand."}, s.timeline)
	add(s, endpoint{id: "subscriber-record", method: http.MethodGet, path: "/subscribers/{id}/record", tag: tag, summary: "All that is on record of one person",
		description: "For the person, when they ask (GDPR, articles 15 and 20): an object with a list for each section.", file: "application/json"}, s.record)
	add(s, endpoint{id: "subscriber-record-zip", method: http.MethodGet, path: "/subscribers/{id}/record.zip", tag: tag, summary: "The same, with a page to read",
		description: "record.json, and record.html in the person’s language.", file: "application/zip"}, s.recordZip)
}

func (s *server) erase(ctx context.Context, in *ByID) (*none, error) {
	if err := s.Erase(ctx, in.ID, "api"); err != nil {
		return nil, err
	}
	return nil, s.audit(ctx, "subscriber.erase", "subscriber:%d", in.ID)
}

func (s *server) record(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
	return s.handOut(ctx, in.ID, "json", func(p audience.Subscriber, out io.Writer) error {
		return exchange.RecordJSON(out, s.Now(), func(w audience.RecordWriter) error { return s.Store.WriteRecord(ctx, p.ID, w) })
	})
}

func (s *server) recordZip(ctx context.Context, in *ByID) (*huma.StreamResponse, error) {
	shop, err := s.Store.Shop(ctx)
	if err != nil {
		return nil, err
	}
	return s.handOut(ctx, in.ID, "zip", func(p audience.Subscriber, out io.Writer) error {
		return s.WriteRecord(ctx, p.ID, out, p.Lang, shop.Location())
	})
}

// handOut hands out a person's record as a file, which is whole before its first byte leaves.
func (s *server) handOut(ctx context.Context, id int64, form string, write func(p audience.Subscriber, out io.Writer) error) (*huma.StreamResponse, error) {
	p, err := s.Store.Subscriber(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, "subscriber.record", "subscriber:%d", p.ID); err != nil {
		return nil, err
	}
	f, err := s.Whole(func(out io.Writer) error { return write(p, out) })
	if err != nil {
		return nil, err
	}
	return download(f, fmt.Sprintf("person-%d.%s", p.ID, form), "application/"+form), nil
}

type timelineQuery struct {
	ByID
	Group  string `query:"group" enum:"letters,opens,trouble,lists,orders,responses,events,changes" doc:"One kind; everything when absent"`
	Before string `query:"before" doc:"next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type timelinePage struct {
	Items []store.Moment `json:"items"`
	Next  string         `json:"next,omitempty" doc:"Ask again with before set to this; absent on the last page"`
}

func (s *server) timeline(ctx context.Context, in *timelineQuery) (*body[timelinePage], error) {
	p, err := s.Store.Subscriber(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	items, next, err := s.Store.Timeline(ctx, store.TimelineQuery{Subscriber: p.ID, Group: in.Group, Before: in.Before, Limit: in.Limit})
	return &body[timelinePage]{timelinePage{append([]store.Moment{}, items...), next}}, err
}

type mergeBody struct {
	ByID
	Body struct {
		With int64    `json:"with" minimum:"1" doc:"The number of the other, who is this person from then on"`
		Take []string `json:"take,omitempty" maxItems:"200" doc:"Fields that are the other’s: email, first_name, last_name, lang, zone, attributes.<key>"`
	}
}

type mergedBody struct {
	Merge      int64  `json:"merge_id" doc:"What undoing it asks for"`
	Subscriber Person `json:"subscriber"`
}

func (s *server) merge(ctx context.Context, in *mergeBody) (*body[mergedBody], error) {
	id, err := s.Store.Merge(ctx, audience.Merge{Keep: in.ID, Gone: in.Body.With, Take: in.Body.Take})
	if err != nil {
		return nil, err
	}
	p, err := s.person(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, "subscriber.merge", "subscriber:%d", p.Body.ID); err != nil {
		return nil, err
	}
	return &body[mergedBody]{mergedBody{id, p.Body}}, nil
}

type unmergedBody struct {
	Subscriber int64 `json:"subscriber_id" doc:"The number that is a person of its own again"`
}

func (s *server) unmerge(ctx context.Context, in *ByID) (*body[unmergedBody], error) {
	gone, err := s.Store.Unmerge(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return answer(unmergedBody{gone}, s.audit(ctx, "subscriber.unmerge", "subscriber:%d", gone))
}
