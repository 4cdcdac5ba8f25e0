package api

import (
	"context"
	"net/http"

	"keepsake/internal/store"
)

// Operation is how sending stands as a whole.
type Operation struct {
	Sending   bool            `json:"sending" doc:"False while a copied or restored database waits for a confirmation"`
	Held      string          `json:"held,omitempty" enum:"copied,restored,asked,moving,moved,secret" doc:"Why nothing is sent"`
	Unsure    string          `json:"unsure" enum:"hold,resend,sent" doc:"What becomes of letters in doubt"`
	Processes []store.Process `json:"processes"`
}

func (s *server) processes() {
	add(s, endpoint{id: "processes", method: http.MethodGet, path: "/processes", tag: "Operations", summary: "Who works on this database, and whether it sends"}, s.processList)
}

func (s *server) processList(ctx context.Context, _ *struct{}) (*body[Operation], error) {
	held := s.Instance.Held()
	o := Operation{Sending: held == "", Held: held, Processes: []store.Process{}}
	rule, err := s.Store.Unsure(ctx)
	if err != nil {
		return nil, err
	}
	o.Unsure = rule.Rule
	all, err := s.Store.Processes(ctx)
	o.Processes = append(o.Processes, all...)
	return answer(o, err)
}
