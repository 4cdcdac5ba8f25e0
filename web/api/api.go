// Package api is the JSON API under /api/v1, one file per resource; the OpenAPI document is made from this code.
package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
	"keepsake/campaigns/segment"
	"keepsake/internal/jobs"
	"keepsake/web/page"
)

// server answers the API's operations.
type server struct {
	*page.Site
	huma  huma.API
	shown docsPage
}

const about = `Everything the pages do with people, campaigns and orders, for programs.

**Authentication.** Each request carries ` + "`Authorization: Bearer <token>`" + `; a token is made in Settings or by ` + "`keepsake token create`" + ` and shown once.

**Errors** are problems (RFC 9457): ` + "`detail`" + ` says what is wrong, ` + "`errors`" + ` which field. Unknown fields are refused.

**Pages.** A list answers with ` + "`items`" + ` and, where there are more, with ` + "`next`" + `: ask again with ` + "`after`" + ` set to it.

**Money** is told either as decimal text (` + "`total`" + `: "19.99") or in minor units (` + "`total_cents`" + `: 1999); the currency's exponent is ISO 4217's, so JPY has none and KWD three digits.

**Times** are RFC 3339 with an offset, answered in UTC. **Numbers** of things are 64-bit integers.`

// Register adds the API, its OpenAPI document and its page of documentation.
func Register(r *gin.Engine, site *page.Site) {
	huma.DefaultArrayNullable = false
	config := huma.DefaultConfig("Keepsake", "1")
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "/api/openapi", "", "", nil
	config.Info.Description = about
	config.Servers = []*huma.Server{{URL: site.Config.Base()}}
	config.RejectUnknownQueryParameters = true
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	config.Security = []map[string][]string{{"token": {}}}
	config.Transformers = append(config.Transformers, brief)
	s := &server{Site: site, huma: humagin.New(r, config)}
	s.huma.UseMiddleware(s.authorize)
	s.lists()
	s.attributes()
	s.bulk()
	s.segments()
	s.value()
	s.subscribers()
	s.people()
	s.jobs()
	s.exports()
	s.savedExports()
	s.campaigns()
	s.codes()
	s.orders()
	s.processes()
	s.shown = s.describe()
	r.GET("/api/docs", site.Handle(s.docs))
}

// authorize lets callers with a token in; cookies open nothing here.
func (s *server) authorize(ctx huma.Context, next func(huma.Context)) {
	ctx.SetHeader("Cache-Control", "no-store")
	scheme, token, _ := strings.Cut(ctx.Header("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		s.refuse(ctx, fault.New(fault.SignIn, "Show an API token: Authorization: Bearer …"))
		return
	}
	shown, err := s.Store.UseToken(ctx.Context(), strings.TrimSpace(token))
	if err != nil {
		s.refuse(ctx, err)
		return
	}
	if err := capUpload(ctx); err != nil {
		s.refuse(ctx, err)
		return
	}
	next(huma.WithValue(ctx, tokenName{}, shown.Name))
}

// tokenName is where a request's context has the name of the token that it showed.
type tokenName struct{}

// audit writes down what was done by which token, as the pages do for people.
func (s *server) audit(ctx context.Context, action, object string, args ...any) error {
	name, _ := ctx.Value(tokenName{}).(string)
	return s.Store.AuditToken(ctx, name, action, fmt.Sprintf(object, args...))
}

// capUpload stops a form that is larger than any file we take before it fills a disk; other
// bodies are capped by their operation.
func capUpload(ctx huma.Context) error {
	c := humagin.Unwrap(ctx)
	const most = jobs.MaxUpload + 1<<20
	if c.Request.ContentLength > most {
		return fault.New(fault.TooLarge, "The file is larger than %d MB. Split it into several.", jobs.MaxUpload>>20)
	}
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, most)
	return nil
}

func (s *server) refuse(ctx huma.Context, err error) {
	p := problem(ctx.Context(), "body", err)
	if p.Status == http.StatusUnauthorized {
		ctx.SetHeader("WWW-Authenticate", "Bearer")
	}
	_ = huma.WriteErr(s.huma, ctx, p.Status, p.Detail) // the caller has gone
}

// brief takes what was sent out of a refusal, which may be as long as a request, and says the first fault in its detail.
func brief(_ huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	for _, one := range p.Errors {
		one.Value = nil
	}
	if p.Detail == "validation failed" && len(p.Errors) > 0 {
		p.Detail = p.Errors[0].Location + ": " + p.Errors[0].Message
	}
	return p, nil
}

// problem is an error as RFC 9457 has it; fields are located in the body or the query. What
// is no fault is logged whole and told in general.
func problem(ctx context.Context, in string, err error) *huma.ErrorModel {
	status := page.Status(err)
	p := &huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: "Something went wrong."}
	f, ok := errors.AsType[*fault.Error](err)
	if !ok {
		if ctx.Err() == nil {
			slog.Error("api", "error", err)
		}
		return p
	}
	p.Detail = f.Error()
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, &huma.ErrorDetail{Message: field.Error(), Location: in + "." + segment.JSONPath(field.Field)})
	}
	return p
}

// An endpoint is one operation as the OpenAPI document shows it.
type endpoint struct {
	id, method, path, tag, summary, description string

	status int           // when it succeeds; 0 is 200
	limit  int64         // of the body in bytes; 0 is 1 MB
	within time.Duration // in which the body arrives; 0 is 30 seconds
	file   string
	faults []int // beyond 401, 422 and 500
}

// add registers an operation; what its handler returns as an error becomes a problem.
func add[I, O any](s *server, e endpoint, h func(context.Context, *I) (*O, error)) {
	op := huma.Operation{OperationID: e.id, Method: e.method, Path: "/api/v1" + e.path, Tags: []string{e.tag}, Summary: e.summary, Description: e.description,
		DefaultStatus: e.status, MaxBodyBytes: e.limit, BodyReadTimeout: cmp.Or(e.within, 30*time.Second), Errors: append([]int{http.StatusUnauthorized}, e.faults...)}
	if strings.Contains(e.path, "{") {
		op.Errors = append(op.Errors, http.StatusNotFound)
	}
	if e.method == http.MethodPost || e.method == http.MethodPatch {
		op.Errors = append(op.Errors, http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if e.file != "" {
		content := map[string]*huma.MediaType{}
		for kind := range strings.FieldsSeq(e.file) {
			holds := "string"
			if kind == "application/json" {
				holds = "object"
			}
			content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: holds}}
		}
		op.Responses = map[string]*huma.Response{"200": {Description: "OK", Content: content}}
	}
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err != nil {
			return nil, problem(ctx, "body", err)
		}
		return out, nil
	})
}

// A Page is one page of a list.
type Page[T any] struct {
	Items []T   `json:"items"`
	Next  int64 `json:"next,omitempty" doc:"Ask again with after set to this; absent on the last page"`
}

type paged[T any] struct{ Body Page[T] }

func pageOf[T any](items []T, next int64) *paged[T] {
	if items == nil {
		items = []T{}
	}
	return &paged[T]{Page[T]{items, next}}
}

// Cursor is what every list takes.
type Cursor struct {
	After int64 `query:"after" minimum:"0" doc:"The next of the page before"`
	Limit int   `query:"limit" minimum:"1" maximum:"200" default:"50"`
}

// ByID is the input of operations on one thing.
type ByID struct {
	ID int64 `path:"id" minimum:"1"`
}

// body is an answer that is only a body.
type body[T any] struct{ Body T }

func answer[T any](v T, err error) (*body[T], error) {
	if err != nil {
		return nil, err
	}
	return &body[T]{v}, nil
}

// none is an answer without a body.
type none struct{}
