package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"

	"keepsake/campaigns"
	"keepsake/campaigns/audience"
	"keepsake/campaigns/fault"
	"keepsake/internal/store"
)

func (s *server) codes() {
	const tag = "Codes"
	add(s, endpoint{id: "add-codes", method: http.MethodPost, path: "/campaigns/{id}/codes", tag: tag, summary: "Add codes to a campaign's pool: your own, or made by us",
		description: "A code that any pool has already is left out.", status: http.StatusCreated, limit: 8 << 20, faults: []int{http.StatusConflict}}, s.addCodes)
	add(s, endpoint{id: "codes", method: http.MethodGet, path: "/campaigns/{id}/codes", tag: tag, summary: "A campaign's codes, by number"}, s.listCodes)
	add(s, endpoint{id: "code", method: http.MethodGet, path: "/codes/{code}", tag: tag, summary: "One code, however it is typed"}, s.code)
	add(s, endpoint{id: "redeem-code", method: http.MethodPost, path: "/codes/redeem", tag: tag, summary: "Redeem a code, once",
		description: "Of two requests at the same moment one succeeds; the other is a conflict.", faults: []int{http.StatusNotFound, http.StatusConflict}}, s.redeem)
}

// maxCodes is how many codes one request may add.
const maxCodes = 100000

type codesBody struct {
	ByID
	Body struct {
		Codes    []string `json:"codes,omitempty" maxItems:"100000" doc:"Your own"`
		Generate int      `json:"generate,omitempty" minimum:"0" maximum:"100000" doc:"How many to make"`
		Prefix   string   `json:"prefix,omitempty" maxLength:"20" doc:"Of those that are made"`
	}
}

// Added says how many codes were new.
type Added struct {
	Added int64 `json:"added"`
	Free  int   `json:"free" doc:"In the pool now"`
}

func (s *server) addCodes(ctx context.Context, in *codesBody) (*body[Added], error) {
	if err := s.gives(ctx, in.ID); err != nil {
		return nil, err
	}
	var codes []string
	for _, c := range in.Body.Codes {
		if c = audience.CleanName(c); campaigns.NormCode(c) != "" {
			codes = append(codes, c)
		}
	}
	for range in.Body.Generate {
		c, err := campaigns.NewCode(rand.Reader, in.Body.Prefix)
		if err != nil {
			return nil, err
		}
		codes = append(codes, c)
	}
	if len(codes) == 0 || len(codes) > maxCodes {
		return nil, fault.Field("codes", "Send between 1 and %d codes.", maxCodes)
	}
	n, err := s.Store.AddCodes(ctx, in.ID, codes)
	if err != nil {
		return nil, err
	}
	stock, err := s.Store.Stock(ctx, in.ID)
	return answer(Added{n, stock.Free}, err)
}

// gives refuses campaigns whose kind has no pool of codes.
func (s *server) gives(ctx context.Context, id int64) error {
	c, err := s.Store.Campaign(ctx, id)
	if err != nil {
		return err
	}
	k, err := c.Open()
	if err != nil {
		return err
	}
	if _, ok := k.(campaigns.Giver); !ok {
		return fault.New(fault.Conflict, "This kind of campaign gives no codes.")
	}
	return nil
}

type codesQuery struct {
	ByID
	Cursor
}

func (s *server) listCodes(ctx context.Context, in *codesQuery) (*paged[store.CodeRow], error) {
	if _, err := s.Store.Campaign(ctx, in.ID); err != nil {
		return nil, err
	}
	rows, next, err := s.Store.Codes(ctx, in.ID, in.After, in.Limit)
	return pageOf(rows, next), err
}

func (s *server) code(ctx context.Context, in *struct {
	Code string `path:"code"`
}) (*body[store.CodeRow], error) {
	return answer(s.Store.Code(ctx, in.Code))
}

type redeemBody struct {
	Code string `json:"code" minLength:"1" maxLength:"200"`
	By   string `json:"by,omitempty" maxLength:"200" doc:"Who redeems: a till, a shop; api when absent"`
}

func (s *server) redeem(ctx context.Context, in *struct{ Body redeemBody }) (*body[campaigns.Code], error) {
	by := audience.CleanName(in.Body.By)
	if by == "" {
		by = "api"
	}
	c, err := s.Store.Redeem(ctx, strings.TrimSpace(in.Body.Code), by)
	if err == nil {
		s.Dispatch.Wake()
	}
	return answer(c, err)
}
