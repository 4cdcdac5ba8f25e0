package page

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"keepsake/campaigns/fault"
)

// statuses are the HTTP statuses of faults.
var statuses = map[fault.Code]int{
	fault.Invalid: http.StatusUnprocessableEntity, fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict,
	fault.Forbidden: http.StatusForbidden, fault.SignIn: http.StatusUnauthorized, fault.TooMany: http.StatusTooManyRequests,
	fault.Away: http.StatusServiceUnavailable, fault.TooLarge: http.StatusRequestEntityTooLarge,
}

// Status is the HTTP status of an error; 500 for what is no fault.
func Status(err error) int {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		if status, ok := statuses[f.Code]; ok {
			return status
		}
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}

// Handle makes a handler of a function that returns an error. It is the only place that
// turns errors into answers: a fault is said in the reader's language, anything else is
// "Something went wrong." and logged whole.
func (s *Site) Handle(h func(*gin.Context) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := h(c); err != nil {
			s.Fail(c, err)
		}
	}
}

// Problem is an error as JSON (RFC 9457).
type Problem struct {
	Title   string            `json:"title"`
	Status  int               `json:"status"`
	Detail  string            `json:"detail"`
	Fields  map[string]string `json:"fields,omitempty"`
	Request string            `json:"request,omitempty"`
}

// Fail answers an error.
func (s *Site) Fail(c *gin.Context, err error) {
	status := Status(err)
	if status == http.StatusInternalServerError {
		if errors.Is(err, context.Canceled) && c.Request.Context().Err() != nil {
			c.Abort() // the reader has gone: nobody is there to be told
			return
		}
		s.log(c, err)
	}
	if c.Writer.Written() {
		c.Abort()
		return
	}
	if status == http.StatusUnauthorized && c.Request.Method == http.MethodGet && !WantsJSON(c) {
		c.Redirect(http.StatusSeeOther, "/sign-in?next="+url.QueryEscape(c.Request.URL.RequestURI()))
		c.Abort()
		return
	}
	c.Abort()
	s.answer(c, s.problem(c, status, err))
}

func (s *Site) problem(c *gin.Context, status int, err error) Problem {
	p := Problem{Title: http.StatusText(status), Status: status, Detail: s.Catalog.Fault(s.Lang(c), err)}
	switch status {
	case http.StatusInternalServerError:
		p.Request = c.GetString(keyRequest)
	case http.StatusRequestEntityTooLarge:
		if _, ok := errors.AsType[*fault.Error](err); !ok {
			p.Detail = s.T(c, "This is too large.")
		}
	}
	if f, ok := errors.AsType[*fault.Error](err); ok && len(f.Fields) > 0 {
		p.Fields = s.fields(c, f)
	}
	return p
}

func (s *Site) answer(c *gin.Context, p Problem) {
	if WantsJSON(c) {
		c.Header("Content-Type", "application/problem+json")
		c.JSON(p.Status, p)
		return
	}
	name := "public/error"
	if User(c).ID != 0 || !s.Book.Has(name) {
		name = "admin/error"
	}
	if err := s.render(c, p.Status, name, p, nil); err != nil {
		s.log(c, err)
		c.String(p.Status, "%s", p.Detail)
	}
}

// fields says what is wrong with each input, in the reader's language.
func (s *Site) fields(c *gin.Context, f *fault.Error) map[string]string {
	out := map[string]string{}
	for _, e := range f.Fields {
		if out[e.Field] == "" {
			out[e.Field] = s.Catalog.Fault(s.Lang(c), e)
		}
	}
	return out
}

// WantsJSON reports whether the answer goes to a script or to a program.
func WantsJSON(c *gin.Context) bool {
	return strings.Contains(c.GetHeader("Accept"), "application/json") || strings.HasPrefix(c.Request.URL.Path, "/api/v1/")
}

// Page answers with a page of the Book.
func (s *Site) Page(c *gin.Context, name string, data any) error {
	return s.render(c, http.StatusOK, name, data, nil)
}

// PageAs answers with a page and another status than 200.
func (s *Site) PageAs(c *gin.Context, status int, name string, data any) error {
	return s.render(c, status, name, data, nil)
}

// Part answers with one named block of a page, for a script to put in place.
func (s *Site) Part(c *gin.Context, name, block string, data any) error {
	return s.renderBlock(c, http.StatusOK, name, block, s.view(c, data, nil))
}

// Block is one named block of a page as the reader sees it, to be sent in an event.
func (s *Site) Block(c *gin.Context, name, block string, data any) ([]byte, error) {
	return s.Book.execute(name, block, s.view(c, data, nil))
}

// Again answers with the form somebody sent, and what is wrong beside its fields. An
// error that is no fault of the form goes on to Handle.
func (s *Site) Again(c *gin.Context, name string, data any, err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code == fault.NotFound || f.Code == fault.SignIn || f.Code == fault.Forbidden || WantsJSON(c) {
		return err
	}
	return s.render(c, Status(err), name, data, f)
}

// Redirect leads on after a POST.
func (s *Site) Redirect(c *gin.Context, format string, args ...any) error {
	to := fmt.Sprintf(format, args...)
	if WantsJSON(c) {
		c.JSON(http.StatusOK, struct {
			Location string `json:"location"`
		}{to})
		return nil
	}
	c.Redirect(http.StatusSeeOther, to)
	return nil
}

// ID is the number in the path; what is none is a NotFound.
func ID(c *gin.Context) (int64, error) { return Param(c, "id") }

// Param is the number in the path under that name; what is none is a NotFound.
func Param(c *gin.Context, name string) (int64, error) {
	id, err := strconv.ParseInt(c.Param(name), 10, 64)
	if err != nil || id < 1 {
		return 0, fault.New(fault.NotFound, NoPage)
	}
	return id, nil
}

// NoPage is said where there is nothing.
const NoPage = "There is no such page."

// log writes an error down with the request's number, and never with an address.
func (s *Site) log(c *gin.Context, err error) {
	slog.Error("request failed", "request", c.GetString(keyRequest), "method", c.Request.Method, "route", c.FullPath(), "error", err)
}
