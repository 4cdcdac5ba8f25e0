package api

import (
	"context"
	"net/http"

	"keepsake/campaigns/audience"
	"keepsake/internal/store"
)

type listBody struct {
	Name        string         `json:"name" minLength:"1" maxLength:"200"`
	Description string         `json:"description,omitempty"`
	OptIn       audience.OptIn `json:"opt_in,omitempty" enum:"single,double" doc:"double asks by mail before somebody counts; the default"`
}

func (s *server) lists() {
	const tag = "Lists"
	add(s, endpoint{id: "lists", method: http.MethodGet, path: "/lists", tag: tag, summary: "All lists, by name"}, s.allLists)
	add(s, endpoint{id: "create-list", method: http.MethodPost, path: "/lists", tag: tag, summary: "Make a list", status: http.StatusCreated}, s.createList)
	add(s, endpoint{id: "list", method: http.MethodGet, path: "/lists/{id}", tag: tag, summary: "One list"}, s.list)
	add(s, endpoint{id: "update-list", method: http.MethodPatch, path: "/lists/{id}", tag: tag, summary: "Change a list"}, s.updateList)
	add(s, endpoint{id: "delete-list", method: http.MethodDelete, path: "/lists/{id}", tag: tag, summary: "Hide a list; people stay", status: http.StatusNoContent}, s.deleteList)
}

func (s *server) allLists(ctx context.Context, _ *struct{}) (*paged[store.ListRow], error) {
	rows, err := s.Store.Lists(ctx)
	return pageOf(rows, 0), err
}

func (s *server) list(ctx context.Context, in *ByID) (*body[store.ListRow], error) {
	return answer(s.Store.List(ctx, in.ID))
}

func (s *server) createList(ctx context.Context, in *struct{ Body listBody }) (*body[store.ListRow], error) {
	l := audience.List{Name: in.Body.Name, Description: in.Body.Description, OptIn: in.Body.OptIn}
	if err := l.Validate(); err != nil {
		return nil, err
	}
	if err := s.Store.CreateList(ctx, &l); err != nil {
		return nil, err
	}
	return answer(s.Store.List(ctx, l.ID))
}

type listPatch struct {
	ByID
	Body struct {
		Name        *string         `json:"name,omitempty" minLength:"1" maxLength:"200"`
		Description *string         `json:"description,omitempty"`
		OptIn       *audience.OptIn `json:"opt_in,omitempty" enum:"single,double"`
	}
}

func (s *server) updateList(ctx context.Context, in *listPatch) (*body[store.ListRow], error) {
	row, err := s.Store.List(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	l := row.List
	put(&l.Name, in.Body.Name)
	put(&l.Description, in.Body.Description)
	put(&l.OptIn, in.Body.OptIn)
	if err := l.Validate(); err != nil {
		return nil, err
	}
	if err := s.Store.UpdateList(ctx, l); err != nil {
		return nil, err
	}
	return answer(s.Store.List(ctx, l.ID))
}

// put sets a field to what was sent, if anything was.
func put[T any](field, sent *T) {
	if sent != nil {
		*field = *sent
	}
}

func (s *server) deleteList(ctx context.Context, in *ByID) (*none, error) {
	if err := s.Store.DeleteList(ctx, in.ID); err != nil {
		return nil, err
	}
	return nil, s.audit(ctx, "list.delete", "list:%d", in.ID)
}
